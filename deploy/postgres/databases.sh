#!/bin/sh
# Runs once, when PostgreSQL's volume is new: a role and databases of its own for the product and for Temporal.
# Neither may read the other's.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set xerosync_password="$POSTGRES_XEROSYNC_PASSWORD" \
  --set temporal_password="$POSTGRES_TEMPORAL_PASSWORD" <<'SQL'
CREATE ROLE xerosync LOGIN PASSWORD :'xerosync_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE xerosync OWNER xerosync;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE xerosync, temporal, temporal_visibility FROM PUBLIC;
SQL
