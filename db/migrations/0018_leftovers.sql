-- Where an API token was last used from is closed with the shop's own key, as a session's address is. Addresses of before stand in
-- the clear and are let go: the next use writes a new one.

SET ROLE cordon_owner;

ALTER TABLE identity.api_token ALTER COLUMN last_used_from TYPE bytea USING NULL;
COMMENT ON COLUMN identity.api_token.last_used_from IS 'The address, under the shop''s own data key.';

RESET ROLE;
