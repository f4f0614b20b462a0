#!/bin/sh
# Creates a database for each service, and the role of the same name that owns it. The image runs this script when the volume is empty.
# The role is no superuser, and no other role can connect to its database.
set -eu

# create DATABASE: the password of its role is in the variable DATABASE_PASSWORD, where DATABASE is in capital letters.
create() {
  psql --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres --set name="$1" <<EOT
\getenv password $(echo "$1" | tr '[:lower:]' '[:upper:]')_PASSWORD
CREATE ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
EOT
}

create catalogdb
create ordersdb
create identitydb
#if (withInsights)
create insightsdb
#endif
