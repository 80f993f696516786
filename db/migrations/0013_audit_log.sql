-- The log that a stranger can check: events in partitions by time, each with a salt, and the Merkle tree over what is known of
-- them without it (https://c2sp.org/tlog-tiles). docs/audit.md says how all of it is checked.

SET ROLE cordon_owner;

ALTER TABLE audit.event RENAME TO event_of_before;
ALTER TABLE audit.event_of_before DROP CONSTRAINT event_tenant_id_event_id_key;

CREATE TABLE audit.event (
  event_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  tenant_id uuid,
  subject_id uuid,
  session_id uuid,
  role text NOT NULL DEFAULT '',
  action text NOT NULL,
  resource text NOT NULL DEFAULT '',
  method text NOT NULL DEFAULT '',
  status integer NOT NULL,
  code text NOT NULL DEFAULT '',
  rows_out integer NOT NULL DEFAULT 0,
  bytes_out integer NOT NULL DEFAULT 0,
  request_id uuid NOT NULL,
  address text NOT NULL DEFAULT '',
  agent text NOT NULL DEFAULT '',
  purpose text NOT NULL DEFAULT '',
  trace text NOT NULL DEFAULT '',
  queries text NOT NULL DEFAULT '',
  detail text NOT NULL DEFAULT '',
  salt uuid NOT NULL DEFAULT gen_random_uuid(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  UNIQUE NULLS NOT DISTINCT (tenant_id, event_id)
) PARTITION BY RANGE (event_id);
COMMENT ON TABLE audit.event IS 'One row for each request, socket message, configuration change and refusal.';
COMMENT ON COLUMN audit.event.event_id IS 'A UUIDv7: its first 48 bits are a time, by which the table is divided.';
COMMENT ON COLUMN audit.event.tenant_id IS 'Null where a request never proved a tenant. It leads the key: no id of another tenant''s event is ever in the way. Ids are UUIDv7, so the key finds a tenant''s events by time too.';
COMMENT ON COLUMN audit.event.resource IS 'The route''s path with the ids it was called with; never a body, a query text or a secret.';
COMMENT ON COLUMN audit.event.purpose IS 'What for, where whoever asks had to say: a support grant, a kind of work.';
COMMENT ON COLUMN audit.event.trace IS 'The trace that the request belongs to (W3C Trace Context), where the caller named one.';
COMMENT ON COLUMN audit.event.queries IS 'The statements that read or changed data for it: name, the first bytes of a digest of the parameters, and rows.';
COMMENT ON COLUMN audit.event.detail IS 'For a configuration change: which fields changed, as JSON.';
COMMENT ON COLUMN audit.event.salt IS 'Hashed before the event, so that nobody guesses an event from the log''s public hashes.';
COMMENT ON COLUMN audit.event.xid IS 'The transaction that wrote it. What is below every transaction under way is complete, and is put into the log in the order (xid, event_id).';
CREATE INDEX event_xid_idx ON audit.event (xid);
CREATE INDEX event_subject_idx ON audit.event (tenant_id, subject_id, event_id);
CREATE INDEX event_id_idx ON audit.event USING brin (event_id);

-- What was there before is put into the log too.
ALTER TABLE audit.event_of_before DISABLE ROW LEVEL SECURITY;
CREATE TABLE audit.event_other PARTITION OF audit.event DEFAULT;
COMMENT ON TABLE audit.event_other IS 'Events of days that have no partition.';
INSERT INTO audit.event (event_id, at, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out,
                         request_id, address, agent, detail)
SELECT event_id, at, tenant_id, subject_id, session_id, coalesce(role, ''), action, resource, method, status, code, rows_out,
       request_id, address, agent, detail
  FROM audit.event_of_before;
DROP TABLE audit.event_of_before;

ALTER TABLE audit.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.event FORCE ROW LEVEL SECURITY;
CREATE POLICY append_own ON audit.event FOR INSERT TO cordon_api, cordon_visitor, cordon_worker
  WITH CHECK (tenant_id = (SELECT t.tenant_id FROM door.tenant('audit.append') AS t));
CREATE POLICY append_any ON audit.event FOR INSERT TO cordon_audit WITH CHECK (true);
-- What is changed before or beside any seal (people, sessions, shops) is appended by the login that changes it, in the same transaction.
CREATE POLICY append_identity ON audit.event FOR INSERT TO cordon_identity WITH CHECK (true);
CREATE POLICY read_own ON audit.event FOR SELECT TO cordon_api, cordon_worker
  USING ((tenant_id, true) = (SELECT t.tenant_id, t.holds FROM door.tenant('audit.read') AS t));
-- cordon_owner cannot log in; its functions below put every event into the log and show nothing of it.
CREATE POLICY seal_all ON audit.event FOR SELECT TO cordon_owner USING (true);

-- The columns that a writer may choose: when, in which transaction and with which salt is not for it to say.
GRANT INSERT (event_id, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out, bytes_out,
              request_id, address, agent, purpose, trace, queries, detail)
  ON audit.event TO cordon_api, cordon_visitor, cordon_worker, cordon_audit, cordon_identity;
-- Transactions are counted for the whole cluster: how many there were is nothing for a tenant to read.
GRANT SELECT (event_id, at, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out, bytes_out,
              request_id, address, agent, purpose, trace, queries, detail, salt)
  ON audit.event TO cordon_api, cordon_worker;

-- No statistics, as door.guard() has it; of partitions neither.
CREATE FUNCTION audit.no_statistics(of_table regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  column_name name;
BEGIN
  FOR column_name IN SELECT attname FROM pg_attribute WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', of_table, column_name);
  END LOOP;
END
$$;
COMMENT ON FUNCTION audit.no_statistics IS 'Has nothing gathered about the values of a table.';
REVOKE ALL ON FUNCTION audit.no_statistics FROM PUBLIC;

CREATE FUNCTION audit.add_partition(from_day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  partition text := format('event_%s', to_char(from_day, 'YYYYMMDD'));
  bound CONSTANT text := '%s-0000-0000-000000000000';
  first_ms CONSTANT bigint := extract(epoch FROM from_day::timestamp) * 1000;
  first_hex CONSTANT text := lpad(to_hex(first_ms), 12, '0');
  last_hex CONSTANT text := lpad(to_hex(first_ms + 86400000), 12, '0');
BEGIN
  IF to_regclass('audit.' || partition) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.event FOR VALUES FROM (%L) TO (%L)', partition,
                 format(bound, left(first_hex, 8) || '-' || right(first_hex, 4)), format(bound, left(last_hex, 8) || '-' || right(last_hex, 4)));
  EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition);
  PERFORM audit.no_statistics(format('audit.%I', partition)::regclass);
END
$$;
COMMENT ON FUNCTION audit.add_partition IS 'The events of one day (UTC). Nobody is granted anything on a partition: all goes through audit.event.';
REVOKE ALL ON FUNCTION audit.add_partition FROM PUBLIC;

ALTER TABLE audit.event_other ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT audit.no_statistics('audit.event'), audit.no_statistics('audit.event_other');
SELECT audit.add_partition((now() AT TIME ZONE 'UTC')::date + ahead) FROM generate_series(1, 7) AS ahead;

CREATE FUNCTION audit.prepare_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  PERFORM audit.add_partition((now() AT TIME ZONE 'UTC')::date + ahead) FROM generate_series(1, 7) AS ahead;
END
$$;
COMMENT ON FUNCTION audit.prepare_partitions IS 'Makes the partitions of the coming week. A day that is under way gets none: its events stand in the default one already.';
REVOKE ALL ON FUNCTION audit.prepare_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.prepare_partitions TO cordon_audit;

CREATE FUNCTION audit.commitment(e audit.event) RETURNS bytea
LANGUAGE sql STABLE
AS $$
  SELECT sha256(uuid_send(e.salt) || record_send(ROW(
    e.event_id, e.at, e.tenant_id, e.subject_id, e.session_id, e.role, e.action, e.resource, e.method, e.status, e.code, e.rows_out,
    e.bytes_out, e.request_id, e.address, e.agent, e.purpose, e.trace, e.queries, e.detail)))
$$;
COMMENT ON FUNCTION audit.commitment IS 'What the log has of an event: SHA-256 over the salt and the event, as PostgreSQL sends a record in its binary protocol.';
REVOKE ALL ON FUNCTION audit.commitment FROM PUBLIC;

CREATE FUNCTION audit.find(of_tenant uuid, of_subject uuid, of_action text, of_resource text, of_status integer, of_code text,
                           of_address text, since uuid, before uuid, most integer)
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
    || CASE WHEN of_address IS NULL THEN '' ELSE ' AND address = $7' END
    || ' ORDER BY event_id DESC LIMIT $10'
  USING of_tenant, of_subject, of_action, of_resource, of_status, of_code, of_address, since, before, most;
END
$$;
COMMENT ON FUNCTION audit.find IS 'Events of every tenant, for the platform''s auditors and its operator: newest first.';
REVOKE ALL ON FUNCTION audit.find FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.find TO cordon_identity;

INSERT INTO door.permission (name, meaning) VALUES ('audit.read-all', 'read the audit events of every shop, and the platform''s own');
INSERT INTO door.role_permission (role, permission) VALUES
  ('auditor', 'audit.read-all'), ('security', 'audit.read-all'), ('administrator', 'audit.read-all');

CREATE TABLE audit.log (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  log_id uuid NOT NULL,
  origin text NOT NULL,
  public_key bytea NOT NULL,
  private_key bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  size bigint NOT NULL DEFAULT 0,
  last_xid xid8 NOT NULL DEFAULT '0',
  last_event uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  checkpoint text NOT NULL DEFAULT '',
  sealed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE audit.log IS 'The log, one row: who it is, how far it has come, and its newest checkpoint.';
COMMENT ON COLUMN audit.log.private_key IS 'What signs checkpoints, closed with the platform''s key.';
COMMENT ON COLUMN audit.log.last_xid IS 'With last_event: the last event that is in the log.';

CREATE TABLE audit.tile (
  level smallint NOT NULL,
  number bigint NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (level, number)
);
COMMENT ON TABLE audit.tile IS 'The tree: 256 hashes a row, of which the last row of a level has fewer.';

CREATE TABLE audit.bundle (
  number bigint PRIMARY KEY,
  first_xid xid8 NOT NULL,
  first_event uuid NOT NULL,
  events bytea NOT NULL,
  commitments bytea NOT NULL,
  CHECK (length(events) <= 256 * 16 AND length(commitments) = 2 * length(events))
);
COMMENT ON TABLE audit.bundle IS 'What the leaves stand for, 256 a row: the events'' ids, 16 bytes each, and their commitments, 32 each.';
CREATE INDEX ON audit.bundle (first_xid, first_event);

ALTER TABLE audit.log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.tile ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.bundle ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON audit.log FOR SELECT TO cordon_audit, cordon_identity, cordon_api USING (true);
CREATE POLICY shown ON audit.tile FOR SELECT TO cordon_audit, cordon_identity, cordon_api USING (true);
CREATE POLICY shown ON audit.bundle FOR SELECT TO cordon_audit, cordon_identity USING (true);
CREATE POLICY kept ON audit.log TO cordon_owner USING (true);
CREATE POLICY kept ON audit.tile TO cordon_owner USING (true);
CREATE POLICY kept ON audit.bundle TO cordon_owner USING (true);
CREATE POLICY made ON audit.log FOR INSERT TO cordon_identity WITH CHECK (size = 0);
GRANT SELECT (log_id, origin, public_key, made_at, size, last_xid, last_event, checkpoint, sealed_at) ON audit.log TO cordon_audit;
GRANT SELECT ON audit.tile, audit.bundle TO cordon_audit;
GRANT SELECT ON audit.log TO cordon_identity;
GRANT INSERT (log_id, origin, public_key, private_key) ON audit.log TO cordon_identity;

CREATE FUNCTION audit.take_turn() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  RETURN pg_try_advisory_lock(7305804402566919);
END
$$;
COMMENT ON FUNCTION audit.take_turn IS 'Whether this connection is the one that grows the log, from now until it ends.';
REVOKE ALL ON FUNCTION audit.take_turn FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.take_turn TO cordon_audit;

CREATE FUNCTION audit.unsealed(after_xid xid8, after_event uuid, most integer)
RETURNS TABLE (xid text, event_id uuid, commitment bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  -- A text is hashed as it is sent, and only UTF-8 has one form of it.
  IF current_setting('client_encoding') <> 'UTF8' THEN RAISE EXCEPTION 'client_encoding is not UTF8' USING ERRCODE = 'CD400'; END IF;
  -- In another cluster, as after a dump, transactions count anew, and what they write would come before the log's end.
  IF after_xid > pg_snapshot_xmax(pg_current_snapshot()) THEN RAISE EXCEPTION 'the log is of another cluster' USING ERRCODE = 'CD409'; END IF;
  RETURN QUERY
    SELECT e.xid::text, e.event_id, audit.commitment(e)
      FROM audit.event e
     WHERE e.xid >= after_xid AND (e.xid, e.event_id) > (after_xid, after_event)
       AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY e.xid, e.event_id
     LIMIT most;
END
$$;
COMMENT ON FUNCTION audit.unsealed IS 'Events that are not in the log yet, in the order in which they go there: those of transactions that ended before any that is under way began, so that none can still come in between.';
REVOKE ALL ON FUNCTION audit.unsealed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.unsealed TO cordon_audit;

CREATE FUNCTION audit.index_of(of_tenant uuid, of_event uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  its_xid xid8;
  bundle audit.bundle%ROWTYPE;
BEGIN
  SELECT e.xid INTO its_xid FROM audit.event e WHERE e.tenant_id = of_tenant AND e.event_id = of_event;
  SELECT * INTO bundle FROM audit.bundle b WHERE (b.first_xid, b.first_event) <= (its_xid, of_event)
   ORDER BY b.first_xid DESC, b.first_event DESC LIMIT 1;
  FOR place IN 0 .. coalesce(length(bundle.events), 0) / 16 - 1 LOOP
    IF substr(bundle.events, place * 16 + 1, 16) = uuid_send(of_event) THEN RETURN bundle.number * 256 + place; END IF;
  END LOOP;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit.index_of IS 'Where in the log an event is; null where it is not in it yet.';
REVOKE ALL ON FUNCTION audit.index_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.index_of TO cordon_audit;

CREATE FUNCTION audit.seal(from_size bigint, to_size bigint, to_xid xid8, to_event uuid, note text,
                           levels smallint[], numbers bigint[], tiles bytea[],
                           bundles bigint[], first_xids text[], first_events uuid[], ids bytea[], entries bytea[])
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  written bigint;
BEGIN
  UPDATE audit.log SET size = to_size, last_xid = to_xid, last_event = to_event, checkpoint = note, sealed_at = clock_timestamp()
   WHERE size = from_size AND (last_xid, last_event) < (to_xid, to_event);
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO audit.tile AS t (level, number, hashes)
  SELECT * FROM unnest(levels, numbers, tiles)
      ON CONFLICT (level, number) DO UPDATE SET hashes = EXCLUDED.hashes
   WHERE substr(EXCLUDED.hashes, 1, length(t.hashes)) = t.hashes;
  GET DIAGNOSTICS written = ROW_COUNT;
  IF written <> cardinality(levels) THEN RAISE EXCEPTION 'a tile of the log would change' USING ERRCODE = 'CD409'; END IF;
  INSERT INTO audit.bundle AS b (number, first_xid, first_event, events, commitments)
  SELECT u.number, u.xid::xid8, u.event, u.events, u.commitments
    FROM unnest(bundles, first_xids, first_events, ids, entries) AS u (number, xid, event, events, commitments)
      ON CONFLICT (number) DO UPDATE SET events = b.events || EXCLUDED.events, commitments = b.commitments || EXCLUDED.commitments;
  RETURN true;
END
$$;
COMMENT ON FUNCTION audit.seal IS 'Adds to the log what begins where it ends, or nothing: false where another was faster. A tile is only ever continued, and so is a bundle, by what `ids` and `entries` have.';
REVOKE ALL ON FUNCTION audit.seal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.seal TO cordon_audit;

RESET ROLE;
-- Which of several replicas grows the log is an advisory lock of that function's owner, where the migrating role may say so.
DO $$
BEGIN
  GRANT EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_lock(bigint) TO cordon_owner;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END
$$;
