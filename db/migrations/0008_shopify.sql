-- Shopify: which shops have installed the app, with which tokens, and which of Shopify's people are whose members here.

SET ROLE cordon_owner;

INSERT INTO door.permission (name, meaning) VALUES
  ('install.read', 'use the shop''s tokens for Shopify'),
  ('install.write', 'keep the shop''s tokens for Shopify'),
  ('member.read', 'see who the shop''s people are'),
  ('member.manage', 'invite the shop''s people and let them go');
INSERT INTO door.role_permission (role, permission) VALUES
  ('importer', 'install.read'), ('importer', 'install.write'),
  ('owner', 'member.read'), ('owner', 'member.manage'), ('manager', 'member.read');

ALTER TABLE identity.member ADD COLUMN email text;
COMMENT ON COLUMN identity.member.email IS 'As whoever invited them, or Shopify, has it; null where nobody said.';

CREATE FUNCTION identity.end_sessions(tenant uuid, subject uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  PERFORM identity.end_session(s.session_id) FROM identity.session s WHERE s.tenant_id = tenant AND s.subject_id = subject;
END
$$;
COMMENT ON FUNCTION identity.end_sessions IS 'Signs a member out everywhere.';

CREATE FUNCTION identity.let_go(tenant uuid, subject uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  its_role text;
BEGIN
  -- One after the other: of two owners who let each other go at once, one stays.
  PERFORM FROM identity.shop s WHERE s.tenant_id = tenant FOR UPDATE;
  DELETE FROM identity.member m WHERE m.tenant_id = tenant AND m.subject_id = subject RETURNING m.role INTO its_role;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such member' USING ERRCODE = 'foreign_key_violation';
  ELSIF its_role = 'owner' AND NOT EXISTS (SELECT FROM identity.member m WHERE m.tenant_id = tenant AND m.role = 'owner') THEN
    RAISE EXCEPTION 'the last owner stays' USING ERRCODE = 'unique_violation';
  END IF;
  DELETE FROM identity.one_use o WHERE o.tenant_id = tenant AND o.subject_id = subject;
  PERFORM identity.end_sessions(tenant, subject);
END
$$;
COMMENT ON FUNCTION identity.let_go IS 'Ends a membership: sessions, links and tickets with it. Not the last owner''s.';

REVOKE ALL ON FUNCTION identity.end_sessions, identity.let_go FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.end_sessions, identity.let_go TO cordon_identity;

CREATE SCHEMA shopify;
COMMENT ON SCHEMA shopify IS 'Installs, and what stands for a shop, a person or a shopper before there is a seal.';
GRANT USAGE ON SCHEMA shopify TO cordon_api, cordon_worker, cordon_identity;

CREATE TABLE shopify.install (
  tenant_id uuid PRIMARY KEY,
  domain text NOT NULL,
  scopes text[] NOT NULL,
  access_token text NOT NULL,
  access_expires_at timestamptz NOT NULL,
  refresh_token text NOT NULL,
  refresh_expires_at timestamptz NOT NULL,
  previous_refresh_token text,
  refreshing_until timestamptz NOT NULL DEFAULT '-infinity',
  installed_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE shopify.install IS 'A shop that has the app, and its offline tokens. Services of that tenant only: no person''s role reaches it.';
COMMENT ON COLUMN shopify.install.access_token IS 'As TokenBox (src/shopify/token_box.h) seals it; so are the refresh tokens.';
COMMENT ON COLUMN shopify.install.previous_refresh_token IS 'Kept until the access token that replaced it has worked once: Shopify takes it until then.';
COMMENT ON COLUMN shopify.install.refreshing_until IS 'Whoever moved this forward is refreshing; the others wait for it. Time runs out on one that died.';
SELECT door.guard('shopify.install', 'install.read', 'install.write');

CREATE TABLE shopify.shop (
  domain text PRIMARY KEY CHECK (domain ~ '^[a-z0-9][a-z0-9-]{0,59}\.myshopify\.com$'),
  tenant_id uuid NOT NULL UNIQUE REFERENCES identity.shop
);
COMMENT ON TABLE shopify.shop IS 'Finds the tenant of a shop that Shopify vouches for. A shop that an operator made is none of these, whatever its name.';

CREATE TABLE shopify.person (
  tenant_id uuid NOT NULL REFERENCES identity.shop,
  user_id bigint NOT NULL,
  subject_id uuid,
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id, subject_id) REFERENCES identity.member ON DELETE SET NULL (subject_id)
);
COMMENT ON TABLE shopify.person IS 'Which member one of Shopify''s people is.';
COMMENT ON COLUMN shopify.person.subject_id IS 'Null once the shop has let them go: they do not come back by themselves.';

CREATE TABLE shopify.proxy_ticket (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  tenant_id uuid NOT NULL REFERENCES identity.shop,
  customer text,
  origin text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX ON shopify.proxy_ticket (expires_at);
COMMENT ON TABLE shopify.proxy_ticket IS 'What the app proxy gave a shopper''s page, by SHA-256. Using one deletes it.';
COMMENT ON COLUMN shopify.proxy_ticket.customer IS 'Shopify''s number of the customer who is signed in to the shop; null for anybody else.';

GRANT SELECT, INSERT, UPDATE, DELETE ON shopify.shop, shopify.person, shopify.proxy_ticket TO cordon_identity;

RESET ROLE;
