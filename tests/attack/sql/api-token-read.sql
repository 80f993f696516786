-- Reads, changes and makes API tokens in their table.
SELECT * FROM identity.api_token;
SELECT encode(digest, 'hex') FROM identity.api_token WHERE tenant_id = ':b_tenant';
UPDATE identity.api_token SET digest = sha256('mine') WHERE token_id = ':b_api_token';
INSERT INTO identity.api_token (tenant_id, token_id, digest, session_id, name, scopes, created_by, expires_at) VALUES (':b_tenant', gen_random_uuid(), sha256('mine'), ':b_session_owner', 'x', '{order.read}', ':a_subject', now());
DELETE FROM identity.api_token;
SELECT identity.end_tokens();
