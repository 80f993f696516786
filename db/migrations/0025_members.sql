-- People of a shop who were let in by a link get another one, by mail if they like, and the owner changes their roles.

SET ROLE cordon_owner;

ALTER TABLE identity.member ADD COLUMN email_index bytea;
CREATE INDEX ON identity.member (tenant_id, email_index);
COMMENT ON COLUMN identity.member.email_index IS 'Blind index of the address in lower case, by which a sign-in link is mailed; null until the owner has made a link for them.';
CREATE INDEX ON shopify.person (tenant_id, subject_id);

CREATE FUNCTION identity.change_role(tenant uuid, subject uuid, its_role text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  -- One after the other, as in identity.let_go: of two owners who change each other at once, one stays.
  PERFORM FROM identity.shop s WHERE s.tenant_id = tenant FOR UPDATE;
  UPDATE identity.member m SET role = its_role WHERE m.tenant_id = tenant AND m.subject_id = subject;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such member' USING ERRCODE = 'foreign_key_violation';
  ELSIF NOT EXISTS (SELECT FROM identity.member m WHERE m.tenant_id = tenant AND m.role = 'owner') THEN
    RAISE EXCEPTION 'the last owner stays' USING ERRCODE = 'unique_violation';
  END IF;
  PERFORM identity.end_sessions(tenant, subject);
END
$$;
COMMENT ON FUNCTION identity.change_role IS 'Gives a member another role; sessions of the old one end, and API tokens with them. Not the last owner.';
REVOKE ALL ON FUNCTION identity.change_role FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.change_role TO cordon_identity;

INSERT INTO audit.action (action, kind) VALUES ('member.ask-link', 'identity'), ('member.link', 'identity');

RESET ROLE;
