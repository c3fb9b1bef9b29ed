#!/bin/sh
# Makes Temporal's two databases and brings their schemas up to this version; may be repeated, also after an upgrade.
# SQL_HOST, SQL_PORT and SQL_USER are read by temporal-sql-tool itself.
set -eu
SQL_PASSWORD="$(cat "$TEMPORAL_POSTGRES_PASSWORD_FILE")"
export SQL_PASSWORD SQL_PLUGIN=postgres12

prepare() {
  temporal-sql-tool --database "$1" create-database
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-name "$2"
}

prepare temporal postgresql/v12/temporal
prepare temporal_visibility postgresql/v12/visibility
