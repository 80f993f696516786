-- Logins without a seal become others.
-- as: identity audit monitor
SET ROLE cordon_api;
SET ROLE cordon_owner;
SET SESSION AUTHORIZATION cordon_api;
ALTER ROLE cordon_api PASSWORD 'x';
GRANT cordon_owner TO CURRENT_USER;
CREATE TEMP TABLE x (a int);
CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
DO $$ BEGIN END $$;
