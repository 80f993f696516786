-- Keys: a tenant's own, which a KMS outside of this database has wrapped, and one for each data subject, which the tenant's has
-- wrapped. What stands here opens nothing without the KMS. The end of a key is the end of what it closed (docs/keys.md).

SET ROLE cordon_owner;

INSERT INTO door.permission (name, meaning) VALUES
  ('key.use', 'open and close what is encrypted, with the shop''s keys'),
  ('key.add', 'add the key of a new customer'),
  ('key.read', 'see which keys are to end, and who asked for it'),
  ('key.destroy', 'ask for the end of a shop''s keys, or say yes to it');
INSERT INTO door.role_permission (role, permission) VALUES
  ('owner', 'key.use'), ('owner', 'key.add'), ('manager', 'key.use'), ('manager', 'key.add'), ('agent', 'key.use'),
  ('assistant', 'key.use'), ('importer', 'key.use'), ('importer', 'key.add'), ('support', 'key.use'),
  ('security', 'key.read'), ('security', 'key.destroy'), ('administrator', 'key.read'), ('administrator', 'key.destroy'),
  ('auditor', 'key.read');

CREATE SCHEMA keys;
COMMENT ON SCHEMA keys IS 'Wrapped keys. The key that opens them is the KMS''s.';
GRANT USAGE ON SCHEMA keys TO cordon_api, cordon_visitor, cordon_worker, cordon_identity;

CREATE TABLE keys.tenant_key (
  tenant_id uuid NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'decrypt-only', 'destroyed')),
  kms_version text,
  wrapped bytea,
  made_at timestamptz NOT NULL DEFAULT now(),
  retired_at timestamptz,
  destroyed_at timestamptz,
  PRIMARY KEY (tenant_id, version),
  CHECK ((state = 'destroyed') = (wrapped IS NULL)),
  CHECK ((wrapped IS NULL) = (kms_version IS NULL))
);
CREATE UNIQUE INDEX ON keys.tenant_key (tenant_id) WHERE state = 'active';
COMMENT ON TABLE keys.tenant_key IS 'A tenant''s keys. The active one wraps data keys; a decrypt-only one opens those that it has wrapped until they are wrapped again.';
COMMENT ON COLUMN keys.tenant_key.wrapped IS 'As the KMS gave it, under its version kms_version, bound to tenant and version.';
SELECT door.guard('keys.tenant_key', 'key.use', 'key.use', own => 'public');
REVOKE INSERT, UPDATE, DELETE ON keys.tenant_key FROM cordon_api, cordon_worker;

CREATE TABLE keys.data_key (
  tenant_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  tenant_version integer NOT NULL,
  wrapped bytea,
  made_at timestamptz NOT NULL DEFAULT now(),
  active_from timestamptz NOT NULL DEFAULT now(),
  destroyed_at timestamptz,
  PRIMARY KEY (tenant_id, subject_id, version),
  FOREIGN KEY (tenant_id, tenant_version) REFERENCES keys.tenant_key,
  CHECK ((destroyed_at IS NULL) = (wrapped IS NOT NULL))
);
CREATE INDEX ON keys.data_key (tenant_id, tenant_version, subject_id);
COMMENT ON TABLE keys.data_key IS 'The keys that fields are closed with, one for each data subject: a customer, a visitor, and under the tenant''s own id the shop itself.';
COMMENT ON COLUMN keys.data_key.tenant_version IS 'The tenant''s key that wrapped it.';
COMMENT ON COLUMN keys.data_key.active_from IS 'From when on it closes fields: later than every process has read of it.';
COMMENT ON COLUMN keys.data_key.destroyed_at IS 'The row of a destroyed key stays, so that its version never comes again and what it closed reads as erased.';
SELECT door.guard('keys.data_key', 'key.use', 'key.add', own => 'subject_id', own_write => true);
REVOKE UPDATE, DELETE ON keys.data_key FROM cordon_api, cordon_worker;
REVOKE UPDATE ON keys.data_key FROM cordon_visitor;

-- Keys are no tenant's data: the identity login makes a shop's first one, wraps them anew and destroys them, without any seal.
CREATE POLICY kept ON keys.tenant_key TO cordon_identity, cordon_owner USING (true) WITH CHECK (true);
CREATE POLICY kept ON keys.data_key TO cordon_identity USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON keys.tenant_key, keys.data_key TO cordon_identity;

CREATE FUNCTION keys.wrapped_by_the_active() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  -- Shared with every new key, exclusive for whoever retires the tenant's: no key is added under one that is being left.
  PERFORM FROM keys.tenant_key t
    WHERE t.tenant_id = NEW.tenant_id AND t.version = NEW.tenant_version AND t.state = 'active' FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the tenant''s key is not the active one any more' USING ERRCODE = 'CD409';
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION keys.wrapped_by_the_active FROM PUBLIC;
COMMENT ON FUNCTION keys.wrapped_by_the_active IS 'A process may hold keys that are minutes old; it learns here that they are, and reads them again.';
-- After the row, and so after its policy: before it, it would tell anybody which keys other tenants have.
CREATE TRIGGER wrapped_by_the_active AFTER INSERT ON keys.data_key FOR EACH ROW EXECUTE FUNCTION keys.wrapped_by_the_active();

-- The end of keys -----------------------------------------------------------------------------------------------------------

CREATE TABLE keys.destruction (
  destruction_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  subjects uuid[],
  why text NOT NULL CHECK (length(why) BETWEEN 10 AND 500),
  legal boolean NOT NULL,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL,
  approved_by text CHECK (approved_by <> asked_by),
  approved_at timestamptz,
  withdrawn_by text,
  withdrawn_at timestamptz,
  keys_gone_at timestamptz,
  done_at timestamptz,
  -- A shop's own key needs two people and time to think, unless the law leaves none.
  CHECK (keys_gone_at IS NULL OR subjects IS NOT NULL OR legal OR (approved_by IS NOT NULL AND approved_at IS NOT NULL AND keys_gone_at >= due_at)),
  CHECK (withdrawn_at IS NULL OR keys_gone_at IS NULL),
  CHECK (done_at >= keys_gone_at)
);
CREATE INDEX ON keys.destruction (asked_at) WHERE done_at IS NULL AND withdrawn_at IS NULL;
COMMENT ON TABLE keys.destruction IS 'Keys that are to end. Kept, as the proof that they did.';
COMMENT ON COLUMN keys.destruction.subjects IS 'The data subjects whose keys end; null: the tenant''s own key, and with it all of its.';
COMMENT ON COLUMN keys.destruction.asked_by IS 'A staff account''s id, or the name that an operator gave at the shell.';
COMMENT ON COLUMN keys.destruction.approved_by IS 'The account of another one of the staff.';
COMMENT ON COLUMN keys.destruction.keys_gone_at IS 'When the keys were gone from this database.';
COMMENT ON COLUMN keys.destruction.done_at IS 'When what had wrapped them was destroyed in the KMS too: from here on no backup and no log opens what they closed.';
GRANT SELECT, INSERT, UPDATE ON keys.destruction TO cordon_identity;

CREATE TABLE keys.kms_version (
  version text PRIMARY KEY,
  seen_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE keys.kms_version IS 'Since when each version of the KMS''s key has been in use: not every KMS tells.';
GRANT SELECT, INSERT, UPDATE ON keys.kms_version TO cordon_identity;

CREATE TABLE keys.reclosing (
  tenant_id uuid PRIMARY KEY,
  asked_at timestamptz NOT NULL DEFAULT now(),
  ready_at timestamptz NOT NULL,
  table_number integer NOT NULL DEFAULT 0,
  place_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  place_number bigint NOT NULL DEFAULT -1,
  changed bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE keys.reclosing IS 'Tenants whose data subjects have new keys, and how far closing their rows anew has come. Gone when nothing is under an older one.';
COMMENT ON COLUMN keys.reclosing.ready_at IS 'When every process closes with the new keys.';
COMMENT ON COLUMN keys.reclosing.changed IS 'Rows closed anew in this pass over the tables; a pass without any is the last.';
GRANT SELECT, INSERT, UPDATE, DELETE ON keys.reclosing TO cordon_identity;

CREATE TABLE keys.turn (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO keys.turn DEFAULT VALUES;
COMMENT ON TABLE keys.turn IS 'Whoever moved this forward changes keys; the others wait. Time runs out on one that died.';
GRANT SELECT, UPDATE ON keys.turn TO cordon_identity;

CREATE FUNCTION keys.forget() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT pg_notify('cordon', 'everybody---' || repeat('0', 32) || 'k') $$;
REVOKE ALL ON FUNCTION keys.forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keys.forget TO cordon_identity;
COMMENT ON FUNCTION keys.forget IS 'Has every process forget the keys that it holds (src/chat/bus.cc reads this).';

RESET ROLE;
