-- Widens the scopes of an API token's seal, and opens sessions that have them all.
SELECT door.enter(':a_seal_narrow');
UPDATE door.seal SET permissions = '{conversation.read}';
UPDATE door.session SET scopes = NULL;
UPDATE door.session SET scopes = '{conversation.read}' WHERE session_id = ':b_session_owner';
SELECT scopes FROM door.session;
SELECT door.narrow(':b_session_owner', gen_random_uuid(), '{conversation.read}', 600);
SELECT door.narrow(':a_session', gen_random_uuid(), NULL, 600);
SELECT door.open_session(':a_tenant', gen_random_uuid(), ':a_subject', 'owner', 600, NULL);
SELECT door.permissions('owner', NULL);
INSERT INTO door.role_permission VALUES ('agent', 'audit.read');
UPDATE identity.api_token SET scopes = '{conversation.read}';
UPDATE identity.member SET role = 'owner';
