-- Sessions: where people are signed in, what renews their access tokens, and who may sign those tokens.

SET ROLE cordon_owner;

-- Staff have no tenant: their sessions stand under this one, which owns nothing and never will.
INSERT INTO door.tenant_state (tenant_id) VALUES ('00000000-0000-0000-0000-000000000000');

INSERT INTO door.permission (name, meaning) VALUES
  ('session.manage', 'see where everybody of the shop is signed in, and end it');
INSERT INTO door.role_permission (role, permission) VALUES ('owner', 'session.manage');

CREATE TABLE identity.session (
  session_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES door.tenant_state,
  subject_id uuid NOT NULL,
  means text NOT NULL,
  agent text NOT NULL,
  address text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now(),
  renewed_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX ON identity.session (tenant_id, subject_id, opened_at);
CREATE INDEX ON identity.session (expires_at);
COMMENT ON TABLE identity.session IS 'Where members and staff are signed in, for the list of one''s sessions. Visitors are not listed.';
COMMENT ON COLUMN identity.session.means IS 'How they proved who they are: link, shopify, password ...';
COMMENT ON COLUMN identity.session.renewed_at IS 'When the last access token was fetched, and agent and address are from where.';

CREATE TABLE identity.refresh (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  tenant_id uuid NOT NULL REFERENCES door.tenant_state,
  session_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('cookie', 'token', 'visitor')),
  key_thumbprint text,
  given_at timestamptz NOT NULL DEFAULT now(),
  idle_seconds integer,
  expires_at timestamptz NOT NULL,
  replaced_at timestamptz,
  successor bytea,
  salt text
);
CREATE INDEX ON identity.refresh (expires_at);
CREATE INDEX ON identity.refresh (session_id);
CREATE INDEX ON identity.refresh (successor) WHERE salt IS NOT NULL;
COMMENT ON TABLE identity.refresh IS 'Refresh tokens by SHA-256: session cookies, API clients'' tokens, visitors'' secrets. A session''s tokens are a family; one of them is the newest.';
COMMENT ON COLUMN identity.refresh.key_thumbprint IS 'The key that whoever uses this token must prove to hold (RFC 9449 section 5, RFC 7638), if it was given out to one.';
COMMENT ON COLUMN identity.refresh.idle_seconds IS 'A token that was not used for so long ends its session instead of renewing it; null for shoppers, who come back after days.';
COMMENT ON COLUMN identity.refresh.successor IS 'The digest of the token that replaced this one.';
COMMENT ON COLUMN identity.refresh.salt IS 'The successor is HMAC-SHA-256(this token, salt): whoever presents this token again, because an answer was lost, gets the same one. Forgotten once the successor is used.';

CREATE FUNCTION identity.end_session(session uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  PERFORM door.revoke(session);
  DELETE FROM identity.refresh r WHERE r.session_id = session;
  DELETE FROM identity.session s WHERE s.session_id = session;
END
$$;
COMMENT ON FUNCTION identity.end_session IS 'Ends a session with all that belongs to it: seals and sockets, refresh tokens, its place in the list.';
REVOKE ALL ON FUNCTION identity.end_session FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.end_session TO cordon_identity;

CREATE FUNCTION identity.rotate(presented bytea, its_kind text, its_tenant uuid, thumbprint text, fresh_salt text, fresh_successor bytea,
                                grace_seconds integer, event uuid, request uuid)
RETURNS TABLE (outcome text, session_id uuid, salt text)
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  held identity.refresh%ROWTYPE;
BEGIN
  SELECT * INTO held FROM identity.refresh r WHERE r.digest = presented FOR UPDATE;
  IF NOT FOUND OR held.expires_at <= now() OR held.kind <> its_kind OR held.tenant_id <> coalesce(its_tenant, held.tenant_id)
     OR held.key_thumbprint IS DISTINCT FROM thumbprint THEN
    RETURN QUERY SELECT 'unknown', NULL::uuid, NULL::text;
  ELSIF held.replaced_at IS NULL AND held.given_at <= now() - make_interval(secs => held.idle_seconds) THEN
    PERFORM identity.end_session(held.session_id);
    INSERT INTO audit.event (event_id, tenant_id, session_id, role, action, status, code, request_id)
    VALUES (event, held.tenant_id, held.session_id, '', 'session.idle', 401, 'unauthenticated', request);
    RETURN QUERY SELECT 'idle', held.session_id, NULL::text;
  ELSIF held.replaced_at IS NULL THEN
    UPDATE identity.refresh r SET salt = NULL WHERE r.successor = presented AND r.salt IS NOT NULL;
    UPDATE identity.refresh r SET replaced_at = now(), salt = fresh_salt, successor = fresh_successor WHERE r.digest = presented;
    INSERT INTO identity.refresh (digest, tenant_id, session_id, kind, key_thumbprint, idle_seconds, expires_at)
    VALUES (fresh_successor, held.tenant_id, held.session_id, held.kind, held.key_thumbprint, held.idle_seconds, held.expires_at);
    RETURN QUERY SELECT 'rotated', held.session_id, fresh_salt;
  ELSIF held.salt IS NOT NULL AND held.replaced_at > now() - make_interval(secs => grace_seconds) THEN
    RETURN QUERY SELECT 'again', held.session_id, held.salt;
  ELSE
    -- Two hold this family, and one of them is not who it was given to: neither goes on.
    PERFORM identity.end_session(held.session_id);
    INSERT INTO audit.event (event_id, tenant_id, session_id, role, action, status, code, request_id)
    VALUES (event, held.tenant_id, held.session_id, '', 'session.reuse', 401, 'revoked', request);
    RETURN QUERY SELECT 'reused', held.session_id, NULL::text;
  END IF;
END
$$;
COMMENT ON FUNCTION identity.rotate IS 'Uses a refresh token: rotated, again (an answer was lost a moment ago), reused (an old one: the session is ended and an event of it stands in the audit log), idle (it was away for too long: the same), unknown.';
REVOKE ALL ON FUNCTION identity.rotate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.rotate TO cordon_identity;

CREATE TABLE identity.signing_key (
  kid text PRIMARY KEY,
  public_key text NOT NULL,
  signs_from timestamptz NOT NULL,
  signs_until timestamptz NOT NULL,
  holds_until timestamptz NOT NULL
);
COMMENT ON TABLE identity.signing_key IS 'Public halves of the keys that sign access tokens, of every replica. The private halves never leave the replica that made them.';
COMMENT ON COLUMN identity.signing_key.public_key IS 'The 32 bytes of an Ed25519 public key, in base64url: the x of its JWK (RFC 8037).';
COMMENT ON COLUMN identity.signing_key.holds_until IS 'When the last token that it may have signed has expired.';

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.session, identity.refresh, identity.signing_key TO cordon_identity;

RESET ROLE;
