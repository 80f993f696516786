-- Whoever renews a session, or finds that its refresh token is in two hands, writes the audit event of it in the same transaction, from
-- what is known of the request. So these functions write none: they do what is asked for, or raise.

SET ROLE cordon_owner;

DROP FUNCTION identity.rotate(bytea, text, uuid, text, text, bytea, integer, uuid, uuid);

CREATE FUNCTION identity.refresh_state(token identity.refresh, grace_seconds integer) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$
  SELECT CASE
    WHEN token.expires_at <= now() THEN 'over'
    WHEN token.replaced_at IS NULL AND token.given_at <= now() - make_interval(secs => token.idle_seconds) THEN 'idle'
    WHEN token.replaced_at IS NULL THEN 'fresh'
    WHEN token.salt IS NOT NULL AND token.replaced_at > now() - make_interval(secs => grace_seconds) THEN 'again'
    ELSE 'reused'
  END
$$;
REVOKE ALL ON FUNCTION identity.refresh_state FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.refresh_state TO cordon_identity;
COMMENT ON FUNCTION identity.refresh_state IS 'What a refresh token is good for: fresh, again (used, but its answer may be lost), reused (two hold it: its session has to end), idle (it was away for too long: the same), over. The last three stay what they are.';

CREATE FUNCTION identity.rotate(presented bytea, fresh_salt text, fresh_successor bytea, grace_seconds integer) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  held identity.refresh%ROWTYPE;
  state text;
BEGIN
  SELECT * INTO held FROM identity.refresh r WHERE r.digest = presented FOR UPDATE;
  IF FOUND THEN
    state := identity.refresh_state(held, grace_seconds);
  END IF;
  IF state = 'again' THEN
    RETURN held.salt;
  ELSIF state = 'fresh' THEN
    UPDATE identity.refresh r SET salt = NULL WHERE r.successor = presented AND r.salt IS NOT NULL;
    UPDATE identity.refresh r SET replaced_at = now(), salt = fresh_salt, successor = fresh_successor WHERE r.digest = presented;
    INSERT INTO identity.refresh (digest, tenant_id, session_id, kind, key_thumbprint, idle_seconds, expires_at)
    VALUES (fresh_successor, held.tenant_id, held.session_id, held.kind, held.key_thumbprint, held.idle_seconds, held.expires_at);
    RETURN fresh_salt;
  END IF;
  RAISE EXCEPTION 'this token was used, or its session has ended' USING ERRCODE = 'CD409';
END
$$;
REVOKE ALL ON FUNCTION identity.rotate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.rotate TO cordon_identity;
COMMENT ON FUNCTION identity.rotate IS 'Uses a refresh token, and returns the salt by which whoever holds it makes its successor: a fresh one, or the one of a moment ago. CD409 where it is neither fresh nor used a moment ago; then nothing is changed.';

RESET ROLE;
