-- Creates roles, databases, tablespaces.
CREATE ROLE sneaky LOGIN SUPERUSER;
CREATE ROLE sneaky;
CREATE DATABASE sneaky;
CREATE TABLESPACE sneaky LOCATION '/tmp';
DROP ROLE cordon_monitor;
DROP OWNED BY cordon_owner;
REASSIGN OWNED BY cordon_owner TO CURRENT_USER;
