-- Indexes by which events are looked for, by a shop's people and by auditors of all shops, among many millions. Writing is what a request
-- waits for, so the day that is under way has few; a day that is over gets the others.

SET ROLE cordon_owner;

-- The log's own order: what is next goes into it without being sorted.
DROP INDEX audit.event_xid_idx;
CREATE INDEX event_xid_idx ON audit.event (xid, event_id);
-- Of every shop, for audit.find() alone: on an expression, which no condition of a tenant's can use before row security, so that nobody
-- can have EXPLAIN ANALYZE tell of another tenant's events.
DROP INDEX audit.event_id_idx;
CREATE INDEX event_all_id_idx ON audit.event (uuid_send(event_id));

-- An expression in an index would have statistics of its own.
CREATE OR REPLACE FUNCTION audit.no_statistics(of_table regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  column_name name;
  its_index regclass;
  place smallint;
BEGIN
  FOR column_name IN SELECT attname FROM pg_attribute WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', of_table, column_name);
  END LOOP;
  FOR its_index, place IN
    SELECT i.indexrelid::regclass, a.attnum FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid
     WHERE i.indrelid = of_table AND i.indkey[a.attnum - 1] = 0
  LOOP
    EXECUTE format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS 0', its_index, place);
  END LOOP;
END
$$;
COMMENT ON FUNCTION audit.no_statistics IS 'Has nothing gathered about the values of a table, and about what its indexes make of them.';
SELECT audit.no_statistics('audit.event');
SELECT audit.no_statistics(i.inhrelid::regclass) FROM pg_inherits i WHERE i.inhparent = 'audit.event'::regclass;

CREATE FUNCTION audit.index_past_day() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  -- Each ends with the event's id, so that the newest are found first. Of what succeeds, which is nearly everything, some have nothing.
  indexes CONSTANT text[][] := ARRAY[
    ['action', '(tenant_id, action, event_id)'],
    ['resource', '(tenant_id, resource COLLATE "C", event_id)'],
    ['address', '(tenant_id, address_index, event_id)'],
    ['status', '(tenant_id, status, event_id) WHERE status >= 400'],
    ['code', '(tenant_id, code, event_id) WHERE code <> '''''],
    ['all_action', '((action || ''''), uuid_send(event_id))'],
    ['all_status', '((status + 0), uuid_send(event_id)) WHERE status >= 400'],
    ['all_code', '((code || ''''), uuid_send(event_id)) WHERE code <> ''''']];
  today CONSTANT text := to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD');
  partition name;
  place integer;
BEGIN
  WITH over AS (
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'audit.event'::regclass AND c.relname < 'event_' || today)
  SELECT p.relname, n INTO partition, place
    -- event_other has the days before the first partition.
    FROM (SELECT relname FROM over UNION SELECT 'event_other' FROM over) AS p
         CROSS JOIN generate_series(1, array_length(indexes, 1)) AS n
   WHERE to_regclass(format('audit.%I', p.relname || '_' || indexes[n][1])) IS NULL
   ORDER BY p.relname, n LIMIT 1;
  IF NOT FOUND THEN RETURN false; END IF;
  EXECUTE format('CREATE INDEX %I ON audit.%I %s', partition || '_' || indexes[place][1], partition, indexes[place][2]);
  PERFORM audit.no_statistics(format('audit.%I', partition)::regclass);
  RETURN true;
END
$$;
COMMENT ON FUNCTION audit.index_past_day IS 'Makes the next index that a day that is over lacks; false where none does. Writers of that day wait meanwhile, of whom there are none but around midnight.';
REVOKE ALL ON FUNCTION audit.index_past_day FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.index_past_day TO cordon_audit;

CREATE OR REPLACE FUNCTION audit.find(of_tenant uuid, of_subject uuid, of_action text, of_resource text, of_status integer, of_code text,
                                      of_address bytea, since uuid, before uuid, most integer)
RETURNS SETOF audit.event
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  everywhere CONSTANT boolean := of_tenant IS NULL;
BEGIN
  -- Only the conditions that there are: each gets the plan, and the index, that fits it. A beginning that names no single thing has too
  -- many events to be sorted, so they are gone through from the newest on.
  RETURN QUERY EXECUTE
    'SELECT * FROM audit.event WHERE event_id >= $8 AND event_id < $9'
    || CASE WHEN everywhere THEN ' AND uuid_send(event_id) >= uuid_send($8) AND uuid_send(event_id) < uuid_send($9)'
            ELSE ' AND tenant_id = $1' END
    || CASE WHEN of_subject IS NULL THEN '' ELSE ' AND subject_id = $2' END
    || CASE WHEN of_action IS NULL THEN '' WHEN everywhere THEN ' AND action || '''' = $3' ELSE ' AND action = $3' END
    || CASE WHEN of_resource IS NULL THEN '' WHEN of_resource ~ '/[0-9a-f-]{36}' THEN ' AND starts_with(resource, $4)'
            ELSE ' AND starts_with(resource || '''', $4)' END
    || CASE WHEN of_status IS NULL THEN '' WHEN everywhere THEN ' AND status + 0 = $5 AND status = $5' ELSE ' AND status = $5' END
    || CASE WHEN of_code IS NULL THEN '' WHEN everywhere THEN ' AND code || '''' = $6 AND code = $6' ELSE ' AND code = $6' END
    || CASE WHEN of_address IS NULL THEN '' ELSE ' AND address_index = $7' END
    || CASE WHEN everywhere THEN ' ORDER BY uuid_send(event_id) DESC LIMIT $10' ELSE ' ORDER BY event_id DESC LIMIT $10' END
  USING of_tenant, of_subject, of_action, of_resource, of_status, of_code, of_address, since, before, most;
END
$$;

-- Hashes do not get shorter: nobody tries to compress them.
ALTER TABLE audit.tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
ALTER TABLE audit.bundle ALTER COLUMN commitments SET STORAGE EXTERNAL;

RESET ROLE;
