#!/bin/sh
# At the database's first start: the portal's own role, no superuser, and its database.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set password="$DATABASE_PASSWORD" --username postgres <<'SQL'
CREATE ROLE portal LOGIN NOSUPERUSER NOCREATEDB PASSWORD :'password';
CREATE DATABASE portal OWNER portal;
SQL
