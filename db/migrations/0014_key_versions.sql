-- What stands between the versions of the KMS's key and those who wrap with them: none is destroyed that still wraps a tenant's key,
-- and nothing is wrapped with one that is to be. How often each has wrapped is counted; who decides on a destruction does so once.

SET ROLE cordon_owner;

ALTER TABLE keys.kms_version ADD COLUMN wraps bigint NOT NULL DEFAULT 0, ADD COLUMN ended_at timestamptz;
COMMENT ON COLUMN keys.kms_version.wraps IS 'How many tenants'' keys it has wrapped, those among them that were wrapped anew since or have ended.';
COMMENT ON COLUMN keys.kms_version.ended_at IS 'From when on nothing is wrapped with it any more: it is being destroyed in the KMS, or has been. Never taken back.';
INSERT INTO keys.kms_version AS k (version, wraps)
  SELECT t.kms_version, count(*) FROM keys.tenant_key t WHERE t.kms_version IS NOT NULL GROUP BY t.kms_version
  ON CONFLICT (version) DO UPDATE SET wraps = excluded.wraps;
REVOKE INSERT, UPDATE ON keys.kms_version FROM cordon_identity;
GRANT INSERT (version), UPDATE (version) ON keys.kms_version TO cordon_identity;

CREATE FUNCTION keys.count_wrap() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  -- Holds the version's row until the tenant's key is committed: whoever wants to end the version waits for it, and then finds it.
  INSERT INTO keys.kms_version AS k (version, wraps) VALUES (NEW.kms_version, 1)
    ON CONFLICT (version) DO UPDATE SET wraps = k.wraps + 1 WHERE k.ended_at IS NULL;
  IF NOT FOUND THEN
    -- As PostgreSQL says it of whoever lost against another transaction: ask the KMS again, and try again.
    RAISE EXCEPTION 'this version of the KMS''s key has ended' USING ERRCODE = '40001';
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION keys.count_wrap FROM PUBLIC;
COMMENT ON FUNCTION keys.count_wrap IS 'Counts a tenant''s key to the version that has wrapped it; refuses one that was wrapped with a version which has ended meanwhile.';
CREATE TRIGGER count_wrap AFTER INSERT OR UPDATE OF kms_version ON keys.tenant_key FOR EACH ROW
  WHEN (NEW.kms_version IS NOT NULL) EXECUTE FUNCTION keys.count_wrap();

CREATE FUNCTION keys.end_kms_version(its_version text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  INSERT INTO keys.kms_version (version) VALUES (its_version) ON CONFLICT (version) DO NOTHING;
  PERFORM FROM keys.kms_version k WHERE k.version = its_version FOR UPDATE;
  IF EXISTS (SELECT FROM keys.tenant_key t WHERE t.kms_version = its_version) THEN
    RETURN false;
  END IF;
  UPDATE keys.kms_version k SET ended_at = now() WHERE k.version = its_version AND k.ended_at IS NULL;
  RETURN true;
END
$$;
REVOKE ALL ON FUNCTION keys.end_kms_version FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keys.end_kms_version TO cordon_identity;
COMMENT ON FUNCTION keys.end_kms_version IS 'Whether a version of the KMS''s key wraps no tenant''s key; if so, it never will again, and can be destroyed.';

ALTER TABLE keys.destruction ADD COLUMN kms_version text;
COMMENT ON COLUMN keys.destruction.kms_version IS 'The KMS''s primary version when all that ends was gone from this database: it and those before it go too.';

CREATE FUNCTION keys.decide(its_id uuid, who text, yes boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  IF yes THEN
    UPDATE keys.destruction d SET approved_by = who, approved_at = now()
     WHERE d.destruction_id = its_id AND d.subjects IS NULL AND d.approved_by IS NULL AND d.keys_gone_at IS NULL AND d.withdrawn_at IS NULL;
  ELSE
    UPDATE keys.destruction d SET withdrawn_by = who, withdrawn_at = now()
     WHERE d.destruction_id = its_id AND d.keys_gone_at IS NULL AND d.withdrawn_at IS NULL;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'somebody else has decided on this destruction' USING ERRCODE = 'CD409';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION keys.decide FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keys.decide TO cordon_identity;
COMMENT ON FUNCTION keys.decide IS 'A second person''s yes to a destruction, or anybody''s no. Fails where it changes nothing, and with it the audit event that tells of it.';

RESET ROLE;
