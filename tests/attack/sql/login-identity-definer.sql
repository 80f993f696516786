-- The identity login bends the minting functions through search_path and settings.
-- as: identity
SET search_path = pg_temp, public;
CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$;
SELECT * FROM door.mint(NULL, 600);
SELECT * FROM door.mint(gen_random_uuid(), 2147483647);
SELECT * FROM door.open_session(':a_order', gen_random_uuid(), ':a_subject', 'owner', 60);
SELECT * FROM door.open_session(':a_tenant', gen_random_uuid(), ':a_subject', 'no such role', 60);
SELECT * FROM work.claim('assistant'' OR true --', 10, 0);
