-- What is personal in an audit event is closed with a key of its tenant's (docs/audit.md): the address and the user agent it came
-- from, and what was changed to what. The log's leaves are over what stands here, and so stay true when that key ends.

SET ROLE cordon_owner;

ALTER TABLE audit.event ADD COLUMN address_index bytea;
COMMENT ON COLUMN audit.event.address IS 'Closed (keys/data_key.h): "closed:" and the base64 of it. In events of before this migration it stands as text.';
COMMENT ON COLUMN audit.event.agent IS 'Closed as address is.';
COMMENT ON COLUMN audit.event.detail IS 'For a configuration change: what was before and after, as JSON; closed as address is, but for keys and kill switches, whose ends it has to outlive.';
COMMENT ON COLUMN audit.event.address_index IS 'Blind index of the address, to find events by it. Not in the log: it says nothing that the address does not.';
ALTER TABLE audit.event ALTER COLUMN address_index SET STATISTICS 0;
GRANT INSERT (address_index) ON audit.event TO cordon_api, cordon_visitor, cordon_worker, cordon_audit, cordon_identity;
GRANT SELECT (address_index) ON audit.event TO cordon_api, cordon_worker;

-- Whoever writes events closes them. It sees of each tenant the keys that wrapped that one data key, and the key itself, and opens
-- neither without the KMS.
GRANT USAGE ON SCHEMA keys TO cordon_audit;
GRANT SELECT ON keys.tenant_key TO cordon_audit;
GRANT SELECT, INSERT ON keys.data_key TO cordon_audit;
CREATE POLICY events ON keys.tenant_key FOR SELECT TO cordon_audit USING (true);
CREATE POLICY events ON keys.data_key TO cordon_audit
  USING (subject_id = '00000000-0000-8000-8000-000000000002') WITH CHECK (subject_id = '00000000-0000-8000-8000-000000000002');

DROP FUNCTION audit.find;
CREATE FUNCTION audit.find(of_tenant uuid, of_subject uuid, of_action text, of_resource text, of_status integer, of_code text,
                           of_address bytea, since uuid, before uuid, most integer)
RETURNS SETOF audit.event
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  -- Only the conditions that there are: each gets the plan, and the index, that fits it.
  RETURN QUERY EXECUTE
    'SELECT * FROM audit.event WHERE event_id >= $8 AND event_id < $9'
    || CASE WHEN of_tenant IS NULL THEN '' ELSE ' AND tenant_id = $1' END
    || CASE WHEN of_subject IS NULL THEN '' ELSE ' AND subject_id = $2' END
    || CASE WHEN of_action IS NULL THEN '' ELSE ' AND action = $3' END
    || CASE WHEN of_resource IS NULL THEN '' ELSE ' AND starts_with(resource, $4)' END
    || CASE WHEN of_status IS NULL THEN '' ELSE ' AND status = $5' END
    || CASE WHEN of_code IS NULL THEN '' ELSE ' AND code = $6' END
    || CASE WHEN of_address IS NULL THEN '' ELSE ' AND address_index = $7' END
    || ' ORDER BY event_id DESC LIMIT $10'
  USING of_tenant, of_subject, of_action, of_resource, of_status, of_code, of_address, since, before, most;
END
$$;
COMMENT ON FUNCTION audit.find IS 'Events of every tenant, for the platform''s auditors and its operator: newest first.';
REVOKE ALL ON FUNCTION audit.find FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.find TO cordon_identity;
