-- The days of the log: each that has events has a partition, and what is made for one holds up neither who writes events nor the log.

SET ROLE cordon_owner;

CREATE OR REPLACE FUNCTION audit.add_partition(from_day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  partition CONSTANT text := format('event_%s', to_char(from_day, 'YYYYMMDD'));
  from_id CONSTANT uuid := audit.first_id(from_day::timestamp AT TIME ZONE 'UTC');
  to_id CONSTANT uuid := audit.first_id((from_day + 1)::timestamp AT TIME ZONE 'UTC');
  its_index record;
BEGIN
  IF to_regclass('audit.' || partition) IS NOT NULL THEN RETURN; END IF;
  -- Made by itself and then attached: nobody who reads or writes other days waits for that, as they would for CREATE TABLE ... PARTITION
  -- OF. Only event_other is locked altogether, since from then on it may have none of this day.
  LOCK TABLE ONLY audit.event IN SHARE UPDATE EXCLUSIVE MODE;
  LOCK TABLE ONLY audit.event_other IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('CREATE TABLE audit.%I (LIKE audit.event INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMPRESSION)', partition);
  -- Whoever writes an event chooses its id. It moves as it is: the log has it, or will have it, as it was.
  EXECUTE format('WITH moved AS (DELETE FROM audit.event WHERE event_id >= %L AND event_id < %L RETURNING *) '
                 'INSERT INTO audit.%I SELECT * FROM moved', from_id, to_id, partition);
  EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE audit.event ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)', partition, from_id, to_id);
  FOR its_index IN SELECT * FROM audit.search_indexes() WHERE at_once LOOP
    EXECUTE format('CREATE INDEX %I ON audit.%I %s', partition || '_' || its_index.name, partition, its_index.definition);
  END LOOP;
  PERFORM audit.no_statistics(format('audit.%I', partition)::regclass);
END
$$;
COMMENT ON FUNCTION audit.add_partition IS 'The events of one day (UTC), also those of it that stand in event_other. Nobody is granted anything on a partition: all goes through audit.event.';

-- Each new day has all of event_other read while nobody writes there: it is to have next to nothing. So today has a partition too, and the
-- days before the first one.
ALTER TABLE audit.event_other NO FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
  today CONSTANT date := (now() AT TIME ZONE 'UTC')::date;
  day date;
BEGIN
  FOREACH day IN ARRAY ARRAY(
    SELECT today
     UNION
    SELECT date '1970-01-01' + (('x' || left(replace(e.event_id::text, '-', ''), 12))::bit(48)::bigint / 86400000)::integer
      FROM audit.event_other e
     WHERE e.event_id >= audit.first_id('2020-01-01 00:00Z') AND e.event_id < audit.first_id(today::timestamp AT TIME ZONE 'UTC'))
  LOOP
    PERFORM audit.add_partition(day);
  END LOOP;
END
$$;
ALTER TABLE audit.event_other FORCE ROW LEVEL SECURITY;

-- It returns something now, and so it is another function.
DROP FUNCTION audit.prepare_partitions();
CREATE FUNCTION audit.prepare_partitions() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  today CONSTANT date := (now() AT TIME ZONE 'UTC')::date;
  -- Of a day that is under way, as after a pause of more than a week, nobody is to wait for many to be moved.
  few CONSTANT boolean := (
    SELECT count(*) < 1000
      FROM (SELECT FROM audit.event e
             WHERE e.event_id >= audit.first_id(today::timestamp AT TIME ZONE 'UTC')
               AND e.event_id < audit.first_id((today + 1)::timestamp AT TIME ZONE 'UTC')
             LIMIT 1000) AS its);
  missing text;
BEGIN
  -- Who comes for event_other meanwhile waits as well: rather the next minute than long.
  PERFORM set_config('lock_timeout', '100ms', true);
  FOR ahead IN 0 .. 7 LOOP
    CONTINUE WHEN ahead = 0 AND NOT few;
    BEGIN
      PERFORM audit.add_partition(today + ahead);
    EXCEPTION WHEN OTHERS THEN
      -- A day that cannot be made keeps no other from being made.
      missing := concat_ws(', ', missing, format('%s (%s)', today + ahead, SQLSTATE));
    END;
  END LOOP;
  RETURN missing;
END
$$;
COMMENT ON FUNCTION audit.prepare_partitions IS 'Makes the partitions of today and the coming week. Returns those that could not be made, each with its SQLSTATE; null where there is none.';
REVOKE ALL ON FUNCTION audit.prepare_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.prepare_partitions TO cordon_audit;

CREATE FUNCTION audit.past_days(as_of timestamptz) RETURNS SETOF name
LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$
  -- Requests that began before midnight write a little after it, and clocks differ.
  SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = 'audit.event'::regclass
     AND c.relname < 'event_' || to_char((as_of - interval '10 minutes') AT TIME ZONE 'UTC', 'YYYYMMDD')
$$;
COMMENT ON FUNCTION audit.past_days IS 'The partitions of the days that were over by then, ten minutes ago at least.';
REVOKE ALL ON FUNCTION audit.past_days FROM PUBLIC;

CREATE OR REPLACE FUNCTION audit.index_past_day() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  missing record;
BEGIN
  WITH over AS (SELECT d AS relname FROM audit.past_days(now()) AS d)
  SELECT p.relname AS partition, i.name, i.definition INTO missing
    -- event_other has the days before the first partition, and what few there are of others.
    FROM (SELECT relname FROM over UNION SELECT 'event_other' FROM over) AS p CROSS JOIN audit.search_indexes() i
   WHERE to_regclass(format('audit.%I', p.relname || '_' || i.name)) IS NULL
   ORDER BY p.relname, i.number LIMIT 1;
  IF NOT FOUND THEN RETURN false; END IF;
  EXECUTE format('CREATE INDEX %I ON audit.%I %s', missing.partition || '_' || missing.name, missing.partition, missing.definition);
  PERFORM audit.no_statistics(format('audit.%I', missing.partition)::regclass);
  RETURN true;
END
$$;
COMMENT ON FUNCTION audit.index_past_day IS 'Makes the next index that a day lacks that is over; false where none does. Who writes an event of that day waits meanwhile.';

-- Requests wait for each index of the day that is under way: to be opened, and its condition asked, for every event that it does not even
-- have. So that day has two of what was refused, one for a shop and one for all, in which a status or a code is looked for one by one. The
-- exact ones come when the day is over, and one of who did what in whichever shop.
CREATE OR REPLACE FUNCTION audit.search_indexes() RETURNS TABLE (number integer, name text, definition text, at_once boolean)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog
AS $$
  -- Each ends with the event's id, so that the newest are found first.
  VALUES (1, 'action', '(tenant_id, action, event_id)', false),
         (2, 'resource', '(tenant_id, resource COLLATE "C", event_id)', false),
         (3, 'address', '(tenant_id, address_index, event_id)', false),
         (4, 'status', '(tenant_id, status, event_id) WHERE status >= 400', false),
         (5, 'code', '(tenant_id, code, event_id) WHERE code <> ''''', false),
         (6, 'all_action', '((action || ''''), uuid_send(event_id))', false),
         (7, 'all_status', '((status + 0), uuid_send(event_id)) WHERE status >= 400', false),
         (8, 'all_code', '((code || ''''), uuid_send(event_id)) WHERE code <> ''''', false),
         (9, 'all_subject', '(uuid_send(subject_id), uuid_send(event_id)) WHERE subject_id IS NOT NULL', false),
         -- The conditions of a search for a status or a code (audit.search) are these, each by itself.
         (10, 'refused', '(tenant_id, event_id) WHERE status >= 400 OR code <> ''''', true),
         (11, 'all_refused', '(uuid_send(event_id)) WHERE status >= 400 OR code <> ''''', true)
$$;

-- Of the day that is under way and those to come.
DO $$
DECLARE
  its record;
BEGIN
  FOR its IN
    SELECT c.relname AS partition, i.name, i.definition, i.at_once
      FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid CROSS JOIN audit.search_indexes() i
     WHERE h.inhparent = 'audit.event'::regclass AND c.relname >= 'event_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')
     ORDER BY c.relname, i.number
  LOOP
    IF its.at_once THEN
      EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON audit.%I %s', its.partition || '_' || its.name, its.partition, its.definition);
      PERFORM audit.no_statistics(format('audit.%I', its.partition)::regclass);
    ELSE
      EXECUTE format('DROP INDEX IF EXISTS audit.%I', its.partition || '_' || its.name);
    END IF;
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION audit.search(of_tenant uuid, of_subject uuid, of_action text, of_resource text, of_status integer, of_code text,
                                        of_address bytea, since uuid, before uuid, most integer)
RETURNS SETOF audit.event
LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET enable_sort = off SET enable_bitmapscan = off SET enable_seqscan = off
AS $$
DECLARE
  everywhere CONSTANT boolean := of_tenant IS NULL;
  -- A path with an id in it is of one thing, whose few events can be sorted. Its last character has to have a next one.
  of_thing CONSTANT boolean := NOT everywhere AND of_subject IS NULL AND of_resource ~* '/[0-9a-f-]{36}(.*[ -}])?$';
  after_thing CONSTANT text := CASE WHEN of_thing THEN left(of_resource, -1) || chr(ascii(right(of_resource, 1)) + 1) END;
  -- The best first. What indexes of all shops have is expressions (0017), and a day may lack some of them, such as today.
  keys CONSTANT text[] := array_remove(CASE WHEN everywhere THEN ARRAY[
      CASE WHEN of_subject IS NOT NULL THEN 'uuid_send(subject_id) = uuid_send($2) AND subject_id IS NOT NULL' END,
      CASE WHEN of_code <> '' THEN 'code || '''' = $6 AND code <> ''''' END,
      CASE WHEN of_action IS NOT NULL THEN 'action || '''' = $3' END,
      CASE WHEN of_status >= 400 THEN 'status + 0 = $5 AND status >= 400' END]
    ELSE ARRAY[
      CASE WHEN of_subject IS NOT NULL THEN 'subject_id = $2' END,
      CASE WHEN of_thing THEN 'resource COLLATE "C" >= $4 AND resource COLLATE "C" < $11' END,
      CASE WHEN of_address IS NOT NULL THEN 'address_index = $7' END,
      CASE WHEN of_code <> '' THEN 'code = $6 AND code <> ''''' END,
      CASE WHEN of_action IS NOT NULL THEN 'action = $3' END,
      CASE WHEN of_status >= 400 THEN 'status = $5 AND status >= 400' END] END, NULL);
  columns CONSTANT text := 'event_id, at, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out, '
    'bytes_out, request_id, address, agent, purpose, trace, queries, detail, salt, ';
  -- Transactions are counted for the whole cluster: how many there were is nothing for a shop to read.
  its_xid CONSTANT text := CASE WHEN has_column_privilege('audit.event', 'xid', 'SELECT') THEN 'xid' ELSE 'NULL::xid8 AS xid' END;
  query CONSTANT text := 'SELECT ' || columns || 'xid, address_index FROM (SELECT ' || columns || its_xid || ', address_index, %1$s'
    || CASE WHEN everywhere THEN 'uuid_send(event_id)' ELSE 'event_id' END || ' AS id FROM audit.event WHERE '
    || CASE WHEN everywhere THEN 'uuid_send(event_id) >= uuid_send($8) AND uuid_send(event_id) < uuid_send($9)' ELSE 'tenant_id = $1' END
    || ' AND event_id >= $8 AND event_id < $9%3$s' || CASE WHEN of_thing THEN '' ELSE '%2$s' END
    -- Past an OFFSET no condition is moved to where it might choose another index.
    || ' OFFSET 0) AS found WHERE true'
    || CASE WHEN of_subject IS NULL THEN '' ELSE ' AND subject_id = $2' END
    || CASE WHEN of_action IS NULL THEN '' ELSE ' AND action = $3' END
    || CASE WHEN of_resource IS NULL THEN '' ELSE ' AND starts_with(resource, $4)' END
    || CASE WHEN of_status IS NULL THEN '' ELSE ' AND status = $5' END
    || CASE WHEN of_code IS NULL THEN '' ELSE ' AND code = $6' END
    || CASE WHEN of_address IS NULL THEN '' ELSE ' AND address_index = $7' END
    || '%2$s LIMIT $10';
  day record;
  key text;
  exact text;
  found integer;
BEGIN
  FOR day IN SELECT * FROM audit.days(since, before) LOOP
    key := keys[1];
    IF everywhere THEN
      exact := (SELECT k.key FROM unnest(keys) WITH ORDINALITY AS k (key, place)
                 WHERE to_regclass(day.partition::text || '_all_' || substring(k.key FROM 'subject|code|action|status')) IS NOT NULL
                 ORDER BY k.place LIMIT 1);
      key := (SELECT k.key FROM unnest(keys) AS k (key) WHERE k.key ~ '^(code|status) ' LIMIT 1);
    END IF;
    -- What is equal in all that is found needs no place in their order, but under row security PostgreSQL does not see that it is equal
    -- where it is an expression. Days that have no such index are gone through by their ids, or by those of what was refused.
    RETURN QUERY EXECUTE CASE WHEN exact IS NOT NULL
        THEN format(query, split_part(exact, ' = ', 1) || ' AS key, ', ' ORDER BY key DESC, id DESC', ' AND ' || exact)
        ELSE format(query, '', ' ORDER BY id DESC', ' AND ' || key) END
      USING of_tenant, of_subject, of_action, of_resource, of_status, of_code, of_address, day.first, day.after, most, after_thing;
    GET DIAGNOSTICS found = ROW_COUNT;
    most := most - found;
    EXIT WHEN most <= 0;
  END LOOP;
END
$$;

-- Making a day's index is a transaction that lasts, and writes no event.
CREATE FUNCTION audit.frontier() RETURNS xid8
LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$
  WITH held AS (SELECT * FROM pg_locks WHERE granted),
  -- CREATE INDEX holds this lock on the day, and no login has a right by which it could take it but by audit.index_past_day().
  indexing AS (
    SELECT its.transactionid::text::bigint AS number
      FROM held day JOIN held its ON its.virtualtransaction = day.virtualtransaction
     WHERE day.locktype = 'relation' AND day.mode = 'ShareLock'
       AND day.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
       AND day.relation IN (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = 'audit.event'::regclass)
       AND its.locktype = 'transactionid' AND its.mode = 'ExclusiveLock')
  SELECT least(
           (SELECT x FROM pg_snapshot_xip(taken.snapshot) AS x
             -- Locks have the lower 32 bits of it.
             WHERE (x::text::bigint & 4294967295) NOT IN (SELECT number FROM indexing)
             ORDER BY x LIMIT 1),
           pg_snapshot_xmax(taken.snapshot), pg_current_xact_id_if_assigned())
    FROM pg_current_snapshot() AS taken (snapshot)
$$;
COMMENT ON FUNCTION audit.frontier IS 'The oldest transaction that may still write events: what comes before it has ended. Where none is under way it is the next one.';
REVOKE ALL ON FUNCTION audit.frontier FROM PUBLIC;

CREATE OR REPLACE FUNCTION audit.unsealed(after_xid xid8, after_event uuid, most integer)
RETURNS TABLE (xid text, event_id uuid, commitment bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  -- Before the events are read: what has ended by then is seen.
  frontier CONSTANT xid8 := audit.frontier();
BEGIN
  -- A text is hashed as it is sent, and only UTF-8 has one form of it.
  IF current_setting('client_encoding') <> 'UTF8' THEN RAISE EXCEPTION 'client_encoding is not UTF8' USING ERRCODE = 'CD400'; END IF;
  -- In another cluster, as after a dump, transactions count anew, and what they write would come before the log's end.
  IF after_xid > pg_snapshot_xmax(pg_current_snapshot()) THEN RAISE EXCEPTION 'the log is of another cluster' USING ERRCODE = 'CD409'; END IF;
  RETURN QUERY
    SELECT e.xid::text, e.event_id, audit.commitment(e)
      FROM audit.event e
     WHERE e.xid >= after_xid AND (e.xid, e.event_id) > (after_xid, after_event) AND e.xid < frontier
     ORDER BY e.xid, e.event_id
     LIMIT most;
END
$$;

CREATE FUNCTION audit.counts_on() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  its audit.log%ROWTYPE;
  late boolean;
BEGIN
  SELECT * INTO its FROM audit.log;
  IF its.last_xid > pg_snapshot_xmax(pg_current_snapshot()) THEN RETURN false; END IF;
  -- Once another cluster's count has come that far, what it wrote until then stands before the log's end, and is not in it. Executed, it
  -- is planned on the days since then alone; past an OFFSET no condition is moved to where it might choose another index.
  EXECUTE $late$
    SELECT EXISTS (
      SELECT FROM (SELECT xid, event_id FROM audit.event
                    WHERE uuid_send(event_id) >= uuid_send($1) AND event_id >= $1 OFFSET 0) AS e
       WHERE (e.xid, e.event_id) <= ($2, $3)
         AND NOT coalesce((SELECT position(uuid_send(e.event_id) IN b.events) > 0 FROM audit.bundle b
                            WHERE (b.first_xid, b.first_event) <= (e.xid, e.event_id)
                            ORDER BY b.first_xid DESC, b.first_event DESC LIMIT 1), false)) $late$
    INTO late USING audit.first_id(its.sealed_at), its.last_xid, its.last_event;
  RETURN NOT late;
END
$$;
COMMENT ON FUNCTION audit.counts_on IS 'Whether transactions count on from where the log ends: it is not of a time to come, and nothing was written before it since.';
REVOKE ALL ON FUNCTION audit.counts_on FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.counts_on TO cordon_audit;

-- One transaction may have the events of many bundles: they are found by their place in the log's order, not by transaction alone.
CREATE FUNCTION audit.places_of(from_bundle bigint, most integer,
                                OUT first_xid xid8, OUT first_event uuid, OUT last_xid xid8, OUT last_event uuid)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog
AS $$
BEGIN
  SELECT b.first_xid, b.first_event INTO first_xid, first_event FROM audit.bundle b WHERE b.number = from_bundle;
  SELECT b.first_xid, b.first_event INTO last_xid, last_event FROM audit.bundle b WHERE b.number = from_bundle + most;
  IF NOT FOUND THEN SELECT l.last_xid, l.last_event INTO last_xid, last_event FROM audit.log l; END IF;
END
$$;
COMMENT ON FUNCTION audit.places_of IS 'Between which places in the log''s order the events of some bundles lie; the last is where the next bundle begins, or where the log ends. Null where there is no such bundle.';
REVOKE ALL ON FUNCTION audit.places_of FROM PUBLIC;

-- Without nested loops: nothing is known of the tables' sizes (no statistics), and for each of thousands of leaves PostgreSQL would
-- look into every day's partition. Hashed, the events of some bundles are read once, by their places.
CREATE OR REPLACE FUNCTION audit.standing(of_kind text, before timestamptz, from_bundle bigint, most integer)
RETURNS TABLE (bundle bigint, place integer, tenant_id uuid, event_id uuid, xid xid8, due boolean, waits boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET enable_nestloop = off
AS $$
#variable_conflict use_column
DECLARE
  before_id CONSTANT uuid := audit.first_id(before);
  soon_id CONSTANT uuid := audit.first_id(before + interval '24 hours');
  all_held CONSTANT boolean := EXISTS (SELECT FROM audit.hold h WHERE h.released_at IS NULL AND h.tenant_id IS NULL);
  held CONSTANT uuid[] := ARRAY(SELECT h.tenant_id FROM audit.hold h WHERE h.released_at IS NULL AND h.tenant_id IS NOT NULL);
  places record;
BEGIN
  -- A text is hashed as it is sent, and only UTF-8 has one form of it.
  IF current_setting('client_encoding') <> 'UTF8' THEN RAISE EXCEPTION 'client_encoding is not UTF8' USING ERRCODE = 'CD400'; END IF;
  SELECT * INTO places FROM audit.places_of(from_bundle, most);
  RETURN QUERY
    WITH leaf AS MATERIALIZED (
      SELECT p.bundle, p.place, encode(substr(p.events, p.place * 16 + 1, 16), 'hex')::uuid AS event_id,
             substr(p.commitments, p.place * 32 + 1, 32) AS commitment
        FROM (SELECT b.number AS bundle, b.events, b.commitments, generate_series(0, length(b.events) / 16 - 1) AS place
                FROM audit.bundle b
               WHERE b.number >= from_bundle AND b.number < from_bundle + most) AS p)
    SELECT l.bundle, l.place, e.tenant_id, e.event_id, e.xid,
           CASE WHEN e.at < before AND e.event_id < before_id THEN audit.commitment(e) = l.commitment ELSE false END,
           -- Its writer has chosen the id: one of another age must not hold up those that come after it.
           e.at >= before OR (e.event_id >= before_id AND e.event_id < soon_id)
      FROM audit.event e JOIN leaf l ON l.event_id = e.event_id JOIN audit.action a ON a.action = e.action
     WHERE a.kind = of_kind
       AND (e.xid, e.event_id) >= (places.first_xid, places.first_event) AND (e.xid, e.event_id) <= (places.last_xid, places.last_event)
       AND NOT all_held AND NOT coalesce(e.tenant_id = ANY (held), false);
END
$$;

CREATE OR REPLACE FUNCTION audit.let_go_of(of_kind text, before timestamptz, from_bundle bigint, most integer, of_log uuid, its_number bigint)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog SET enable_nestloop = off
AS $$
DECLARE
  whole CONSTANT bigint := (SELECT l.size / 256 FROM audit.log l);
  places record;
  waiting bigint;
BEGIN
  SELECT * INTO places FROM audit.places_of(from_bundle, most);
  WITH stands AS MATERIALIZED (
    SELECT * FROM audit.standing(of_kind, before, from_bundle, most)),
  gone AS (
    DELETE FROM audit.event e USING stands s
     WHERE s.due AND e.event_id = s.event_id AND e.xid = s.xid AND e.tenant_id IS NOT DISTINCT FROM s.tenant_id
       AND (e.xid, e.event_id) >= (places.first_xid, places.first_event) AND (e.xid, e.event_id) <= (places.last_xid, places.last_event)
    RETURNING s.bundle, s.place),
  written AS (
    INSERT INTO audit.let_go (log_id, statement, kind, bundle, bitmap)
    SELECT of_log, its_number, of_kind, g.bundle, substr(bit_send(bit_or(set_bit(0::bit(256), g.place, 1))), 5)
      FROM gone g GROUP BY g.bundle)
  SELECT min(s.bundle) INTO waiting FROM stands s WHERE s.waits;
  RETURN greatest(from_bundle, least(waiting, from_bundle + most, whole));
END
$$;

DROP FUNCTION audit.xids_of(bigint, integer);

RESET ROLE;
