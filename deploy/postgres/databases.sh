#!/bin/sh
# Runs once, when PostgreSQL's volume is new: roles and databases of their own for the product and for Temporal.
# Neither may read the other's. `starter.py migrate` signs in as xerosync_owner, makes the tables, and lets xerosync, as
# which workers and edge sign in, read and write their rows.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$POSTGRES_XEROSYNC_OWNER_PASSWORD" \
  --set xerosync_password="$POSTGRES_XEROSYNC_PASSWORD" \
  --set temporal_password="$POSTGRES_TEMPORAL_PASSWORD" <<'SQL'
CREATE ROLE xerosync_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE xerosync LOGIN PASSWORD :'xerosync_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE xerosync OWNER xerosync_owner;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE xerosync, temporal, temporal_visibility FROM PUBLIC;
SQL
