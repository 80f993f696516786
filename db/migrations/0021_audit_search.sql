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
GRANT EXECUTE ON FUNCTION audit.days, audit.search TO cordon_api, cordon_worker;

CREATE OR REPLACE FUNCTION audit.find(of_tenant uuid, of_subject uuid, of_action text, of_resource text, of_status integer, of_code text,
                                      of_address bytea, since uuid, before uuid, most integer)
RETURNS SETOF audit.event
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
  SELECT * FROM audit.search(of_tenant, of_subject, of_action, of_resource, of_status, of_code, of_address, since, before, most)
$$;

-- Of what is refused or fails there is little: its indexes cost the day that is under way nearly nothing, and are made with it.
CREATE FUNCTION audit.search_indexes() RETURNS TABLE (number integer, name text, definition text, at_once boolean)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog
AS $$
  -- Each ends with the event's id, so that the newest are found first.
  VALUES (1, 'action', '(tenant_id, action, event_id)', false),
         (2, 'resource', '(tenant_id, resource COLLATE "C", event_id)', false),
         (3, 'address', '(tenant_id, address_index, event_id)', false),
         (4, 'status', '(tenant_id, status, event_id) WHERE status >= 400', true),
         (5, 'code', '(tenant_id, code, event_id) WHERE code <> ''''', true),
         (6, 'all_action', '((action || ''''), uuid_send(event_id))', false),
         (7, 'all_status', '((status + 0), uuid_send(event_id)) WHERE status >= 400', true),
         (8, 'all_code', '((code || ''''), uuid_send(event_id)) WHERE code <> ''''', true)
$$;
COMMENT ON FUNCTION audit.search_indexes IS 'The indexes that a day has besides those that all have, and which of them from its beginning.';
REVOKE ALL ON FUNCTION audit.search_indexes FROM PUBLIC;

CREATE OR REPLACE FUNCTION audit.add_partition(from_day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  partition text := format('event_%s', to_char(from_day, 'YYYYMMDD'));
  bound CONSTANT text := '%s-0000-0000-000000000000';
  first_ms CONSTANT bigint := extract(epoch FROM from_day::timestamp) * 1000;
  first_hex CONSTANT text := lpad(to_hex(first_ms), 12, '0');
  last_hex CONSTANT text := lpad(to_hex(first_ms + 86400000), 12, '0');
  its_index record;
BEGIN
  IF to_regclass('audit.' || partition) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.event FOR VALUES FROM (%L) TO (%L)', partition,
                 format(bound, left(first_hex, 8) || '-' || right(first_hex, 4)), format(bound, left(last_hex, 8) || '-' || right(last_hex, 4)));
  EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition);
  FOR its_index IN SELECT * FROM audit.search_indexes() WHERE at_once LOOP
    EXECUTE format('CREATE INDEX %I ON audit.%I %s', partition || '_' || its_index.name, partition, its_index.definition);
  END LOOP;
  PERFORM audit.no_statistics(format('audit.%I', partition)::regclass);
END
$$;

CREATE OR REPLACE FUNCTION audit.index_past_day() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  today CONSTANT text := to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD');
  missing record;
BEGIN
  WITH over AS (
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'audit.event'::regclass AND c.relname < 'event_' || today)
  SELECT p.relname AS partition, i.name, i.definition INTO missing
    -- event_other has the days before the first partition.
    FROM (SELECT relname FROM over UNION SELECT 'event_other' FROM over) AS p CROSS JOIN audit.search_indexes() i
   WHERE to_regclass(format('audit.%I', p.relname || '_' || i.name)) IS NULL
   ORDER BY p.relname, i.number LIMIT 1;
  IF NOT FOUND THEN RETURN false; END IF;
  EXECUTE format('CREATE INDEX %I ON audit.%I %s', missing.partition || '_' || missing.name, missing.partition, missing.definition);
  PERFORM audit.no_statistics(format('audit.%I', missing.partition)::regclass);
  RETURN true;
END
$$;

-- Of the days that there are already, and of event_other, which has today.
DO $$
DECLARE
  missing record;
BEGIN
  FOR missing IN
    SELECT c.relname AS partition, s.name, s.definition
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid CROSS JOIN audit.search_indexes() s
     WHERE i.inhparent = 'audit.event'::regclass AND s.at_once AND to_regclass(format('audit.%I', c.relname || '_' || s.name)) IS NULL
  LOOP
    EXECUTE format('CREATE INDEX %I ON audit.%I %s', missing.partition || '_' || missing.name, missing.partition, missing.definition);
    PERFORM audit.no_statistics(format('audit.%I', missing.partition)::regclass);
  END LOOP;
END
$$;

RESET ROLE;
