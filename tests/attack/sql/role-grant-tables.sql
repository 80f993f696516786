-- Grants itself and PUBLIC rights on tables and functions.
GRANT ALL ON ALL TABLES IN SCHEMA commerce TO CURRENT_USER;
GRANT SELECT ON commerce.customer TO PUBLIC;
GRANT SELECT ON door.seal TO PUBLIC;
GRANT EXECUTE ON FUNCTION door.mint TO CURRENT_USER;
GRANT ALL ON SCHEMA commerce TO CURRENT_USER;
REVOKE ALL ON commerce.message FROM cordon_api;
