-- Gives its own login another password, to come back with.
-- allowed: PostgreSQL lets every role change its own password; it opens what the login opens, and no tenant without a seal
ALTER ROLE CURRENT_USER PASSWORD 'known to the attacker';
ALTER ROLE cordon_identity PASSWORD 'known to the attacker';
SELECT rolpassword FROM pg_authid WHERE rolname = current_user;
