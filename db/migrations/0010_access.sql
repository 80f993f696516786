-- Access: API tokens of merchants, and support grants, by which staff are let into a shop. Only cordon_identity reads or writes these
-- tables. What each of them may do, and whether it still may, is its session's (door.session): it is never kept twice.

SET ROLE cordon_owner;

CREATE TABLE identity.api_token (
  tenant_id uuid NOT NULL REFERENCES door.tenant_state,
  token_id uuid NOT NULL,
  digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  session_id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  scopes text[] NOT NULL CHECK (cardinality(scopes) > 0
    -- What takes a person (src/door/routes.cc): whoever finds a lost one could otherwise outlast its end, or shut its owner out.
    AND NOT scopes && ARRAY['token.manage', 'session.manage', 'member.manage', 'grant.approve', 'grant.revoke']),
  ranges cidr[] NOT NULL DEFAULT '{}' CHECK (cardinality(ranges) <= 20),
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL CHECK (expires_at <= created_at + interval '366 days'),
  last_used_at timestamptz,
  last_used_from inet,
  PRIMARY KEY (tenant_id, token_id)
);
CREATE INDEX ON identity.api_token (tenant_id, created_by);
COMMENT ON TABLE identity.api_token IS 'Secrets that a shop''s own programs use, by SHA-256. Each stands for a session of its maker''s, narrowed to its scopes.';
COMMENT ON COLUMN identity.api_token.ranges IS 'Addresses it may be used from; from anywhere if there are none.';
COMMENT ON COLUMN identity.api_token.created_by IS 'Whose rights it has a part of: it ends when this member leaves or changes roles.';

CREATE FUNCTION identity.end_tokens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  PERFORM door.revoke(t.session_id) FROM identity.api_token t WHERE t.tenant_id = OLD.tenant_id AND t.created_by = OLD.subject_id;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION identity.end_tokens FROM PUBLIC;
COMMENT ON FUNCTION identity.end_tokens IS 'Whoever removes a member or changes a role, by whatever code: the tokens end in the same transaction.';
CREATE TRIGGER end_tokens_of_the_removed AFTER DELETE ON identity.member FOR EACH ROW EXECUTE FUNCTION identity.end_tokens();
CREATE TRIGGER end_tokens_of_the_changed AFTER UPDATE OF role ON identity.member FOR EACH ROW
  WHEN (OLD.role IS DISTINCT FROM NEW.role) EXECUTE FUNCTION identity.end_tokens();

-- Support grants ------------------------------------------------------------------------------------------------------------

ALTER TABLE identity.shop ADD COLUMN support_needs_consent boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN identity.shop.support_needs_consent IS 'Whether the owner has to let support in first. Until then there is no session, so the door stays shut.';

CREATE TABLE identity.support_grant (
  tenant_id uuid NOT NULL REFERENCES door.tenant_state,
  grant_id uuid NOT NULL,
  session_id uuid NOT NULL,
  opened_by uuid NOT NULL,
  reason text NOT NULL CHECK (length(reason) BETWEEN 20 AND 500),
  ticket text NOT NULL CHECK (length(ticket) BETWEEN 1 AND 100),
  minutes integer NOT NULL CHECK (minutes BETWEEN 1 AND 240),
  opened_at timestamptz NOT NULL DEFAULT now(),
  needs_consent boolean NOT NULL,
  approved_at timestamptz,
  approved_by uuid,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_by uuid,
  PRIMARY KEY (tenant_id, grant_id),
  -- At most four hours, counted from when the door opened; a request nobody answers lapses after a day.
  CHECK (expires_at <= coalesce(approved_at, opened_at) + CASE WHEN needs_consent AND approved_at IS NULL THEN interval '1 day' ELSE interval '4 hours' END)
);
CREATE INDEX ON identity.support_grant (opened_by);
COMMENT ON TABLE identity.support_grant IS 'Staff who were let into a shop: who, why, until when. Kept, so that the merchant can look back.';
COMMENT ON COLUMN identity.support_grant.session_id IS 'The session of role support in the shop. It exists from when the grant holds: at once, or with the owner''s yes.';

CREATE FUNCTION identity.end_grants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  PERFORM door.revoke(g.session_id) FROM identity.support_grant g
    WHERE g.opened_by = OLD.subject_id AND g.ended_at IS NULL AND g.expires_at > now();
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION identity.end_grants FROM PUBLIC;
COMMENT ON FUNCTION identity.end_grants IS 'Staff who sign out, or are signed out by whatever code, are out of every shop in the same transaction.';
CREATE TRIGGER end_grants_of_the_staff AFTER DELETE ON identity.session FOR EACH ROW
  WHEN (OLD.tenant_id = '00000000-0000-0000-0000-000000000000') EXECUTE FUNCTION identity.end_grants();

GRANT SELECT, INSERT ON identity.api_token, identity.support_grant TO cordon_identity;
GRANT UPDATE (last_used_at, last_used_from) ON identity.api_token TO cordon_identity;
GRANT UPDATE (approved_at, approved_by, expires_at, ended_at, ended_by) ON identity.support_grant TO cordon_identity;

-- The matrix, for `cordon rbac`.
GRANT SELECT ON door.role, door.permission, door.role_permission TO cordon_identity;

RESET ROLE;
