-- Support grants: who comes too late to approve or end one leaves no event that says otherwise, and a session is known for a grant's.

SET ROLE cordon_owner;

CREATE FUNCTION identity.changed_one(rows bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  IF rows <> 1 THEN
    RAISE EXCEPTION 'this has changed meanwhile' USING ERRCODE = 'CD409';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION identity.changed_one FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.changed_one TO cordon_identity;
COMMENT ON FUNCTION identity.changed_one IS 'Ends the transaction, with the event in it, unless a statement changed its one row (CD409).';

-- For what a session's events are to say it is for, asked whenever a seal of role support is minted.
CREATE UNIQUE INDEX ON identity.support_grant (tenant_id, session_id);

RESET ROLE;
