-- A session goes on with new tokens once somebody has shown again who they are (OWASP ASVS 5.0, 7.2.4), and a browser that comes back
-- from Shopify finishes its sign-in by a request of its own page.

SET ROLE cordon_owner;

CREATE FUNCTION door.unseal(session uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  -- Whoever mints for it at the same time is waited for, and what they have made goes too.
  PERFORM FROM door.session o WHERE o.session_id = unseal.session FOR UPDATE;
  DELETE FROM door.seal s WHERE s.session_id::text = unseal.session::text;
  -- As in door.revoke().
  PERFORM pg_notify('cordon', 'everybody---' || encode(substr(sha256('s'::bytea || uuid_send(unseal.session)), 1, 16), 'hex') || 'e');
END
$$;
REVOKE ALL ON FUNCTION door.unseal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION door.unseal TO cordon_identity;
COMMENT ON FUNCTION door.unseal IS 'Ends every seal of a session that goes on: the next statement that shows one fails (CD401), and its sockets close.';

CREATE FUNCTION identity.replace_tokens(session uuid, fresh bytea) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  held identity.refresh%ROWTYPE;
BEGIN
  SELECT * INTO held FROM identity.refresh r WHERE r.session_id = session LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this session was ended' USING ERRCODE = 'CD419';
  END IF;
  -- Whoever renews at the same time is waited for, and what they have got is found the next time round.
  LOOP
    DELETE FROM identity.refresh r WHERE r.session_id = session;
    EXIT WHEN NOT FOUND;
  END LOOP;
  DELETE FROM identity.one_use o WHERE o.session_id = session;
  PERFORM door.unseal(session);
  INSERT INTO identity.refresh (digest, tenant_id, session_id, kind, key_thumbprint, idle_seconds, expires_at)
  VALUES (fresh, held.tenant_id, session, held.kind, held.key_thumbprint, held.idle_seconds, held.expires_at);
  RETURN held.kind;
END
$$;
REVOKE ALL ON FUNCTION identity.replace_tokens FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.replace_tokens TO cordon_identity;
COMMENT ON FUNCTION identity.replace_tokens IS 'One new refresh token (its digest) in place of all that a session has: those, its seals, tickets and sockets are over. Its kind, its key and its end stay as they were, so nobody lengthens a session by it; the kind is returned. CD419 if the session has ended.';

ALTER TABLE identity.one_use DROP CONSTRAINT one_use_purpose_check,
  ADD CONSTRAINT one_use_purpose_check CHECK (purpose IN ('sign-in', 'shopify', 'widget', 'inbox'));
COMMENT ON COLUMN identity.one_use.purpose IS 'A sign-in link that somebody was given, one that stands in the cookie of a browser which came back from Shopify, or a ticket for a socket.';

RESET ROLE;
