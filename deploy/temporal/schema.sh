#!/bin/sh
# Brings Temporal's two databases to the schema of this server version. Safe to run again: that is how an upgrade
# of the server gets its changes, so it runs before every start of it.
set -eu

migrate() {
  temporal-sql-tool --db "$1" setup-schema -v 0.0
  temporal-sql-tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

migrate temporal temporal
migrate temporal_visibility visibility
