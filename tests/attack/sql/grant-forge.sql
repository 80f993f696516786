-- Lets itself in: writes a support grant, approves B's, lengthens it, and takes the consent away.
INSERT INTO identity.support_grant (tenant_id, grant_id, session_id, opened_by, reason, ticket, minutes, needs_consent, expires_at) VALUES (':b_tenant', gen_random_uuid(), ':a_session', ':a_subject', 'because I would like to', 'T', 60, false, now());
UPDATE identity.support_grant SET approved_at = now() WHERE grant_id = ':b_grant';
UPDATE identity.support_grant SET expires_at = 'infinity', needs_consent = false;
DELETE FROM identity.support_grant;
SELECT * FROM identity.support_grant;
UPDATE identity.shop SET support_needs_consent = false;
SELECT door.open_session(':b_tenant', gen_random_uuid(), ':a_subject', 'support', 600);
