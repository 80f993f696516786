-- Changes default privileges for the owner, and for itself.
-- allowed: a role may change the defaults of what it will create, and it may create nothing
ALTER DEFAULT PRIVILEGES FOR ROLE cordon_owner GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
