-- A shop's own data key is replaced too, and the platform's: what they close is closed anew by the login that keeps it. Of that, the
-- key which signs the log is the one column that the identity login cannot write by itself.

SET ROLE cordon_owner;

CREATE FUNCTION audit.close_log_key(of_log uuid, was bytea, closed_anew bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  UPDATE audit.log SET private_key = closed_anew WHERE log_id = of_log AND private_key = was;
END
$$;
COMMENT ON FUNCTION audit.close_log_key IS 'Puts the log''s private key there closed with a newer key of the platform''s, unless it has changed since it was read.';
REVOKE ALL ON FUNCTION audit.close_log_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.close_log_key TO cordon_identity;

COMMENT ON TABLE keys.reclosing IS 'Tenants whose data subjects, they themselves among them, have new keys, and how far closing their rows anew has come. The platform is the tenant zero. Gone when nothing is under an older one.';

-- The time to think is the table's too, and nobody shortens it, nor lets the law into it, afterwards.
ALTER TABLE keys.destruction ADD CONSTRAINT time_to_think CHECK (subjects IS NOT NULL OR legal OR due_at >= asked_at + interval '168 hours');
REVOKE UPDATE ON keys.destruction FROM cordon_identity;
GRANT UPDATE (approved_by, approved_at, withdrawn_by, withdrawn_at, keys_gone_at, kms_version, done_at) ON keys.destruction TO cordon_identity;

RESET ROLE;
