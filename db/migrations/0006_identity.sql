-- Identity: what sign-in needs before there is a seal. Only cordon_identity reads or writes these tables, and only digests of
-- secrets stand in them.

SET ROLE cordon_owner;

CREATE SCHEMA identity;
COMMENT ON SCHEMA identity IS 'Shops by name, people, one-use links and tickets, sessions and what renews them.';
GRANT USAGE ON SCHEMA identity TO cordon_identity;

CREATE TABLE identity.shop (
  tenant_id uuid PRIMARY KEY REFERENCES door.tenant_state,
  shop text NOT NULL UNIQUE CHECK (shop ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  origins text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE identity.shop IS 'Finds the tenant of a storefront, before anybody has proved anything.';
COMMENT ON COLUMN identity.shop.origins IS 'Web origins whose pages may embed this shop''s widget.';

CREATE TABLE identity.member (
  tenant_id uuid NOT NULL REFERENCES door.tenant_state,
  subject_id uuid NOT NULL,
  name text NOT NULL,
  role text NOT NULL REFERENCES door.role,
  PRIMARY KEY (tenant_id, subject_id)
);
COMMENT ON TABLE identity.member IS 'The people of a shop and their roles.';

CREATE TABLE identity.one_use (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  purpose text NOT NULL CHECK (purpose IN ('sign-in', 'widget', 'inbox')),
  tenant_id uuid NOT NULL REFERENCES door.tenant_state,
  subject_id uuid NOT NULL,
  session_id uuid,
  expires_at timestamptz NOT NULL
);
CREATE INDEX ON identity.one_use (expires_at);
COMMENT ON TABLE identity.one_use IS 'Sign-in links and socket tickets, by SHA-256. Using one deletes it.';

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.shop, identity.member, identity.one_use TO cordon_identity;

RESET ROLE;
