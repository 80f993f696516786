-- Searches look into one day after the other, the newest first, until the page is full: what is planned is one partition, however many
-- there are, and what is read is no more than the page takes. Nothing is known of the values that a planner could go by (0013), so which
-- index finds the events is decided here: there is one condition that it is for, and the others filter what that one finds.

SET ROLE cordon_owner;

CREATE FUNCTION audit.days(since uuid, before uuid) RETURNS TABLE (first uuid, after uuid, partition regclass)
LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$
  WITH day AS (
    SELECT i.inhrelid, to_date(right(i.inhrelid::regclass::text, 8), 'YYYYMMDD') - date '1970-01-01' AS number FROM pg_inherits i
     WHERE i.inhparent = 'audit.event'::regclass AND i.inhrelid::regclass::text ~ '_[0-9]{8}$'),
  -- Where partitions begin and end; what is in none stands in event_other.
  place AS (
    SELECT p.number, max(p.inhrelid) AS partition
      FROM (SELECT 0, NULL::oid
             UNION ALL SELECT d.number, d.inhrelid FROM day d
             UNION ALL SELECT d.number + 1, NULL FROM day d) AS p (number, inhrelid)
     GROUP BY p.number),
  part AS (
    SELECT (left(hex, 8) || '-' || right(hex, 4) || '-0000-0000-000000000000')::uuid AS id, p.partition
      FROM place p, lpad(to_hex(p.number * 86400000::bigint), 12, '0') AS hex),
  whole AS (
    SELECT p.id, lead(p.id, 1, 'ffffffff-ffff-ffff-ffff-ffffffffffff') OVER (ORDER BY p.id) AS after, p.partition FROM part p)
  SELECT greatest(w.id, since), least(w.after, before), coalesce(w.partition, 'audit.event_other'::regclass)
    FROM whole w WHERE w.after > since AND w.id < before ORDER BY w.id DESC
$$;
COMMENT ON FUNCTION audit.days IS 'Into which parts the partitions of audit.event divide these ids, the newest first.';
REVOKE ALL ON FUNCTION audit.days FROM PUBLIC;

CREATE FUNCTION audit.search(of_tenant uuid, of_subject uuid, of_action text, of_resource text, of_status integer, of_code text,
                             of_address bytea, since uuid, before uuid, most integer)
RETURNS SETOF audit.event
LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET enable_sort = off SET enable_bitmapscan = off SET enable_seqscan = off
AS $$
DECLARE
  everywhere CONSTANT boolean := of_tenant IS NULL;
  -- A path with an id in it is of one thing, whose few events can be sorted. Its last character has to have a next one.
  of_thing CONSTANT boolean := NOT everywhere AND of_subject IS NULL AND of_resource ~* '/[0-9a-f-]{36}(.*[ -}])?$';
  after_thing CONSTANT text := CASE WHEN of_thing THEN left(of_resource, -1) || chr(ascii(right(of_resource, 1)) + 1) END;
  -- What indexes of all shops have is expressions (0017).
  key CONSTANT text := CASE
    WHEN of_subject IS NOT NULL AND NOT everywhere THEN 'subject_id = $2'
    WHEN of_thing THEN 'resource COLLATE "C" >= $4 AND resource COLLATE "C" < $11'
    WHEN of_address IS NOT NULL AND NOT everywhere THEN 'address_index = $7'
    WHEN of_code <> '' THEN CASE WHEN everywhere THEN 'code || ''''' ELSE 'code' END || ' = $6 AND code <> '''''
    WHEN of_action IS NOT NULL THEN CASE WHEN everywhere THEN 'action || ''''' ELSE 'action' END || ' = $3'
    WHEN of_status >= 400 THEN CASE WHEN everywhere THEN 'status + 0' ELSE 'status' END || ' = $5 AND status >= 400' END;
  columns CONSTANT text := 'event_id, at, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out, '
    'bytes_out, request_id, address, agent, purpose, trace, queries, detail, salt, ';
  -- Transactions are counted for the whole cluster: how many there were is nothing for a shop to read.
  its_xid CONSTANT text := CASE WHEN has_column_privilege('audit.event', 'xid', 'SELECT') THEN 'xid' ELSE 'NULL::xid8 AS xid' END;
  query CONSTANT text := 'SELECT ' || columns || 'xid, address_index FROM (SELECT ' || columns || its_xid || ', address_index, %1$s'
    || CASE WHEN everywhere THEN 'uuid_send(event_id)' ELSE 'event_id' END || ' AS id FROM audit.event WHERE '
    || CASE WHEN everywhere THEN 'uuid_send(event_id) >= uuid_send($8) AND uuid_send(event_id) < uuid_send($9)' ELSE 'tenant_id = $1' END
    || ' AND event_id >= $8 AND event_id < $9' || coalesce(' AND ' || key, '') || CASE WHEN of_thing THEN '' ELSE '%2$s' END
    -- Past an OFFSET no condition is moved to where it might choose another index.
    || ' OFFSET 0) AS found WHERE true'
    || CASE WHEN of_subject IS NULL THEN '' ELSE ' AND subject_id = $2' END
    || CASE WHEN of_action IS NULL THEN '' ELSE ' AND action = $3' END
    || CASE WHEN of_resource IS NULL THEN '' ELSE ' AND starts_with(resource, $4)' END
    || CASE WHEN of_status IS NULL THEN '' ELSE ' AND status = $5' END
    || CASE WHEN of_code IS NULL THEN '' ELSE ' AND code = $6' END
    || CASE WHEN of_address IS NULL THEN '' ELSE ' AND address_index = $7' END
    || '%2$s LIMIT $10';
  -- What is equal in all that is found needs no place in their order, but under row security PostgreSQL does not see that it is equal where
  -- it is an expression. Days that lack its index, such as today, are gone through by their ids.
  by_id CONSTANT text := format(query, '', ' ORDER BY id DESC');
  by_key CONSTANT text := format(query, split_part(key, ' = ', 1) || ' AS key, ', ' ORDER BY key DESC, id DESC');
  its_index CONSTANT text := CASE WHEN everywhere THEN '_all_' || split_part(key, ' ', 1) END;
  day record;
  found integer;
BEGIN
  FOR day IN SELECT * FROM audit.days(since, before) LOOP
    RETURN QUERY EXECUTE CASE WHEN to_regclass(day.partition::text || its_index) IS NULL THEN by_id ELSE by_key END
      USING of_tenant, of_subject, of_action, of_resource, of_status, of_code, of_address, day.first, day.after, most, after_thing;
    GET DIAGNOSTICS found = ROW_COUNT;
    most := most - found;
    EXIT WHEN most <= 0;
  END LOOP;
END
$$;
COMMENT ON FUNCTION audit.search IS 'Events that the caller may read, of one tenant or of all: newest first.';
REVOKE ALL ON FUNCTION audit.search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.days, audit.search TO cordon_api;

CREATE OR REPLACE FUNCTION audit.find(of_tenant uuid, of_subject uuid, of_action text, of_resource text, of_status integer, of_code text,
                                      of_address bytea, since uuid, before uuid, most integer)
RETURNS SETOF audit.event
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
  SELECT * FROM audit.search(of_tenant, of_subject, of_action, of_resource, of_status, of_code, of_address, since, before, most)
$$;

RESET ROLE;
