-- What the verifier reads (docs/audit.md): events by their columns, so that it computes itself what the log should have of them. And why
-- the log stands still, where it does.

SET ROLE cordon_owner;

-- audit.find() has shown this login every event before, but only as that function says that they are: whoever changed an event may have
-- changed the function too.
CREATE POLICY read_all ON audit.event FOR SELECT TO cordon_identity USING (true);
GRANT SELECT ON audit.event TO cordon_identity;

CREATE FUNCTION audit.held_up(patience interval, OUT since timestamptz, OUT transaction_pid integer, OUT turn_pid integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  oldest CONSTANT xid8 := audit.frontier();
  ended audit.log%ROWTYPE;
  waiting xid8;
BEGIN
  SELECT * INTO ended FROM audit.log;
  -- While it grows, a backlog is none that stands still.
  IF (ended.sealed_at < clock_timestamp() - patience) IS NOT TRUE THEN RETURN; END IF;
  SELECT e.at, e.xid INTO since, waiting FROM audit.event e
   WHERE e.xid >= ended.last_xid AND (e.xid, e.event_id) > (ended.last_xid, ended.last_event)
   ORDER BY e.xid, e.event_id LIMIT 1;
  IF (since < clock_timestamp() - patience) IS NOT TRUE THEN
    since := NULL;
    RETURN;
  END IF;
  IF waiting >= oldest THEN
    transaction_pid := (SELECT l.pid FROM pg_locks l
                         WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.transactionid = oldest::xid);
  END IF;
  turn_pid := (SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted AND l.mode = 'ExclusiveLock'
                  AND l.objsubid = 1 AND ((l.classid::bigint << 32) | l.objid::bigint) = 7305804402566919);
END
$$;
COMMENT ON FUNCTION audit.held_up IS 'Since when the next event waits to be put into the log, if it does for longer than that and the log has not grown meanwhile; else null. With it PostgreSQL''s process of the transaction that holds it up, if one does, and the process whose turn it is to grow the log.';
REVOKE ALL ON FUNCTION audit.held_up FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.held_up TO cordon_audit;

RESET ROLE;
