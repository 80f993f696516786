-- Audit events whose time is over are let go: by the process that grows the log, and each time with a statement of what went, signed
-- by the log's key. What is over is decided here, by a kind's days and this server's clock, and by nobody who calls.
-- docs/audit.md says how statements are checked.

SET ROLE cordon_owner;

CREATE TABLE audit.kind (
  kind text PRIMARY KEY,
  days integer NOT NULL CHECK (days > 0)
);
COMMENT ON TABLE audit.kind IS 'How many days events stay, as door/audit_action.h has it.';

CREATE TABLE audit.action (
  action text PRIMARY KEY,
  kind text NOT NULL REFERENCES audit.kind
);
COMMENT ON TABLE audit.action IS 'Of which kind an event is, as door/audit_action.h has it. An event of an action that is not here stays for ever.';

INSERT INTO audit.kind (kind, days) VALUES
  ('access', 400), ('audit', 2555), ('change', 1095), ('identity', 1095), ('key', 2555), ('probe', 30), ('service', 400), ('stop', 2555);
INSERT INTO audit.action (action, kind) VALUES
  ('api.read', 'access'), ('assistant.answer', 'access'), ('attribution.read', 'access'), ('audit.export', 'audit'),
  ('audit.hold', 'audit'), ('audit.let-go', 'audit'), ('audit.list', 'audit'), ('audit.prove', 'audit'),
  ('audit.release', 'audit'), ('conversation.close', 'change'), ('conversation.list', 'access'),
  ('conversation.mark-read', 'change'), ('conversation.open', 'change'), ('conversation.read', 'access'),
  ('conversation.release', 'change'), ('conversation.take', 'change'), ('customer.conversations', 'access'),
  ('customer.list', 'access'), ('customer.orders', 'access'), ('customer.read', 'access'), ('customer.unindex', 'change'), ('data.read', 'access'),
  ('egress.mail', 'service'), ('egress.shopify', 'service'),
  ('grant.approve', 'identity'), ('grant.enter', 'identity'), ('grant.list', 'access'), ('grant.open', 'identity'),
  ('grant.revoke', 'identity'), ('grant.settings', 'change'), ('grant.settings.read', 'access'),
  ('grant.withdraw', 'identity'), ('health.read', 'probe'), ('import', 'change'), ('inbox.socket', 'access'),
  ('inbox.ticket', 'access'), ('job.accept', 'service'), ('job.claim', 'service'), ('key.destroy', 'key'),
  ('key.destroy.approve', 'key'), ('key.destroy.ask', 'key'), ('key.destroy.list', 'access'),
  ('key.destroy.withdraw', 'key'), ('key.renew', 'key'), ('key.rotate', 'key'), ('key.use', 'service'), ('keys.read', 'access'), ('log.begin', 'audit'),
  ('log.read', 'probe'), ('member.add', 'identity'), ('member.change', 'identity'), ('member.invite', 'identity'),
  ('member.list', 'access'), ('member.remove', 'identity'), ('merchant.change', 'change'), ('merchant.read', 'access'),
  ('message.list', 'access'), ('message.read', 'access'), ('message.send', 'change'), ('order.list', 'access'),
  ('order.record', 'change'), ('origin.allow', 'change'), ('platform.start', 'stop'), ('platform.stop', 'stop'),
  ('policy.list', 'access'), ('product.list', 'access'), ('request.unknown', 'access'), ('service.token', 'service'),
  ('session.end', 'identity'), ('session.idle', 'identity'), ('session.list', 'access'), ('session.open', 'identity'),
  ('session.read', 'access'), ('session.refresh', 'identity'), ('session.reuse', 'identity'), ('session.revoke', 'identity'),
  ('shopify.begin', 'identity'), ('shopify.callback', 'identity'), ('shopify.install', 'identity'),
  ('shopify.refresh', 'service'), ('socket.refuse', 'access'), ('staff.accept', 'identity'), ('staff.end', 'identity'), ('staff.enrol', 'identity'),
  ('staff.factor.add', 'identity'), ('staff.factor.begin', 'identity'), ('staff.factor.remove', 'identity'),
  ('staff.forgot', 'identity'), ('staff.invite', 'identity'), ('staff.list', 'access'), ('staff.mfa', 'identity'),
  ('staff.password', 'identity'), ('staff.password.change', 'identity'), ('staff.read', 'access'),
  ('staff.recovery-codes', 'identity'), ('staff.reset', 'identity'), ('staff.session.end', 'identity'),
  ('staff.session.list', 'access'), ('staff.sign-in', 'identity'), ('staff.step-up', 'identity'),
  ('staff.step-up.begin', 'identity'), ('tenant.add', 'change'), ('tenant.resume', 'stop'), ('tenant.suspend', 'stop'),
  ('token.create', 'identity'), ('token.list', 'access'), ('token.misuse', 'identity'), ('token.revoke', 'identity'),
  ('visit.open', 'identity'), ('visit.recognise', 'identity'), ('visit.socket', 'access'), ('visit.ticket', 'access');

CREATE TABLE audit.hold (
  hold_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid,
  why text NOT NULL CHECK (length(why) BETWEEN 1 AND 500),
  since timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz
);
COMMENT ON TABLE audit.hold IS 'Whose events are not let go, whatever their age: a court, an inquiry.';
COMMENT ON COLUMN audit.hold.tenant_id IS 'Null: everybody''s.';
CREATE UNIQUE INDEX hold_live_idx ON audit.hold (tenant_id) NULLS NOT DISTINCT WHERE released_at IS NULL;

CREATE TABLE audit.let_go_statement (
  log_id uuid NOT NULL,
  number bigint NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (log_id, number)
);
COMMENT ON TABLE audit.let_go_statement IS 'What was let go, signed by the log''s key; each has the hash of the one before. Published.';

CREATE TABLE audit.let_go (
  log_id uuid NOT NULL,
  statement bigint NOT NULL,
  kind text NOT NULL,
  bundle bigint NOT NULL,
  bitmap bytea NOT NULL CHECK (length(bitmap) = 32),
  PRIMARY KEY (log_id, statement, kind, bundle),
  FOREIGN KEY (log_id, statement) REFERENCES audit.let_go_statement DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE audit.let_go IS 'Which leaves a statement is about.';
COMMENT ON COLUMN audit.let_go.bitmap IS 'One bit for each of the bundle''s 256 leaves, the first leaf''s is the highest of the first byte.';
CREATE INDEX let_go_bundle_idx ON audit.let_go (log_id, bundle);

CREATE TABLE audit.let_go_reach (
  log_id uuid NOT NULL,
  kind text NOT NULL REFERENCES audit.kind,
  bundle bigint NOT NULL,
  PRIMARY KEY (log_id, kind)
);
COMMENT ON TABLE audit.let_go_reach IS 'How far letting go has come: no bundle before this one has an event of the kind whose time is still to come.';

ALTER TABLE audit.log ADD COLUMN let_go_due timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN audit.log.let_go_due IS 'When to look again for what is to be let go.';

ALTER TABLE audit.kind ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.action ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.hold ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.let_go_statement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.let_go ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.let_go_reach ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY kept ON audit.kind TO cordon_owner USING (true);
CREATE POLICY kept ON audit.action TO cordon_owner USING (true);
CREATE POLICY kept ON audit.hold TO cordon_owner USING (true);
CREATE POLICY kept ON audit.let_go_statement TO cordon_owner USING (true);
CREATE POLICY kept ON audit.let_go TO cordon_owner USING (true);
CREATE POLICY kept ON audit.let_go_reach TO cordon_owner USING (true);
CREATE POLICY shown ON audit.kind FOR SELECT TO cordon_audit USING (true);
CREATE POLICY shown ON audit.let_go_statement FOR SELECT TO cordon_audit USING (true);
CREATE POLICY shown ON audit.let_go FOR SELECT TO cordon_audit USING (true);
CREATE POLICY shown ON audit.let_go_reach FOR SELECT TO cordon_audit USING (true);
GRANT SELECT ON audit.kind, audit.let_go_statement, audit.let_go, audit.let_go_reach TO cordon_audit;
GRANT SELECT (let_go_due) ON audit.log TO cordon_audit;
-- An operator's commands work as cordon_identity: a hold, and a look before its time.
CREATE POLICY shown ON audit.hold FOR SELECT TO cordon_identity USING (true);
CREATE POLICY put ON audit.hold FOR INSERT TO cordon_identity WITH CHECK (released_at IS NULL);
GRANT SELECT, INSERT (tenant_id, why) ON audit.hold TO cordon_identity;
CREATE POLICY asked ON audit.log FOR UPDATE TO cordon_identity USING (true) WITH CHECK (let_go_due <= now());
GRANT UPDATE (let_go_due) ON audit.log TO cordon_identity;

-- The only way by which an event leaves: cordon_owner cannot log in, and of its functions audit.let_go alone removes one.
CREATE POLICY let_go ON audit.event FOR DELETE TO cordon_owner USING (true);

CREATE FUNCTION audit.first_id(of_time timestamptz) RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$
  SELECT (left(hex, 8) || '-' || right(hex, 4) || '-0000-0000-000000000000')::uuid
    FROM lpad(to_hex(floor(extract(epoch FROM of_time) * 1000)::bigint), 12, '0') AS hex
$$;
COMMENT ON FUNCTION audit.first_id IS 'The least id that an event of this time can have.';
REVOKE ALL ON FUNCTION audit.first_id FROM PUBLIC;

CREATE FUNCTION audit.holds_turn() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$
  SELECT EXISTS (
    SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE d.datname = current_database() AND l.pid = pg_backend_pid() AND l.locktype = 'advisory' AND l.granted
       AND l.mode = 'ExclusiveLock' AND l.objsubid = 1
       AND ((l.classid::bigint << 32) | l.objid::bigint) = 7305804402566919)
$$;
COMMENT ON FUNCTION audit.holds_turn IS 'Whether this connection is the one that grows the log: audit.take_turn has given it the turn.';
REVOKE ALL ON FUNCTION audit.holds_turn FROM PUBLIC;

CREATE FUNCTION audit.xids_of(from_bundle bigint, most integer, OUT first_xid xid8, OUT last_xid xid8)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog
AS $$
BEGIN
  first_xid := (SELECT b.first_xid FROM audit.bundle b WHERE b.number = from_bundle);
  last_xid := coalesce((SELECT b.first_xid FROM audit.bundle b WHERE b.number = from_bundle + most),
                       (SELECT l.last_xid FROM audit.log l));
END
$$;
COMMENT ON FUNCTION audit.xids_of IS 'Between which transactions the events of some bundles lie. Null where there is no such bundle.';
REVOKE ALL ON FUNCTION audit.xids_of FROM PUBLIC;

-- Without nested loops: nothing is known of the tables' sizes (no statistics), and for each of thousands of leaves PostgreSQL would
-- look into every day's partition. Hashed, the events of some bundles are read once, by their transactions.
CREATE FUNCTION audit.standing(of_kind text, before timestamptz, from_bundle bigint, most integer)
RETURNS TABLE (bundle bigint, place integer, tenant_id uuid, event_id uuid, xid xid8, due boolean, waits boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET enable_nestloop = off
AS $$
#variable_conflict use_column
DECLARE
  before_id CONSTANT uuid := audit.first_id(before);
  soon_id CONSTANT uuid := audit.first_id(before + interval '24 hours');
  all_held CONSTANT boolean := EXISTS (SELECT FROM audit.hold h WHERE h.released_at IS NULL AND h.tenant_id IS NULL);
  held CONSTANT uuid[] := ARRAY(SELECT h.tenant_id FROM audit.hold h WHERE h.released_at IS NULL AND h.tenant_id IS NOT NULL);
  from_xid xid8;
  to_xid xid8;
BEGIN
  -- A text is hashed as it is sent, and only UTF-8 has one form of it.
  IF current_setting('client_encoding') <> 'UTF8' THEN RAISE EXCEPTION 'client_encoding is not UTF8' USING ERRCODE = 'CD400'; END IF;
  SELECT x.first_xid, x.last_xid INTO from_xid, to_xid FROM audit.xids_of(from_bundle, most) AS x;
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
     WHERE a.kind = of_kind AND e.xid >= from_xid AND e.xid <= to_xid
       AND NOT all_held AND NOT coalesce(e.tenant_id = ANY (held), false);
END
$$;
COMMENT ON FUNCTION audit.standing IS 'Events of a kind that stand behind the leaves of some bundles and are not held. Due is what is older, by its id and by this server''s clock when it was written, and is what was logged: what was changed stays, for the verifier to find. The others wait.';
REVOKE ALL ON FUNCTION audit.standing FROM PUBLIC;

CREATE FUNCTION audit.let_go_of(of_kind text, before timestamptz, from_bundle bigint, most integer, of_log uuid, its_number bigint)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog SET enable_nestloop = off
AS $$
DECLARE
  whole CONSTANT bigint := (SELECT l.size / 256 FROM audit.log l);
  from_xid xid8;
  to_xid xid8;
  waiting bigint;
BEGIN
  SELECT x.first_xid, x.last_xid INTO from_xid, to_xid FROM audit.xids_of(from_bundle, most) AS x;
  WITH stands AS MATERIALIZED (
    SELECT * FROM audit.standing(of_kind, before, from_bundle, most)),
  gone AS (
    DELETE FROM audit.event e USING stands s
     WHERE s.due AND e.event_id = s.event_id AND e.xid = s.xid AND e.tenant_id IS NOT DISTINCT FROM s.tenant_id
       AND e.xid >= from_xid AND e.xid <= to_xid
    RETURNING s.bundle, s.place),
  written AS (
    INSERT INTO audit.let_go (log_id, statement, kind, bundle, bitmap)
    SELECT of_log, its_number, of_kind, g.bundle, substr(bit_send(bit_or(set_bit(0::bit(256), g.place, 1))), 5)
      FROM gone g GROUP BY g.bundle)
  SELECT min(s.bundle) INTO waiting FROM stands s WHERE s.waits;
  RETURN greatest(from_bundle, least(waiting, from_bundle + most, whole));
END
$$;
COMMENT ON FUNCTION audit.let_go_of IS 'Removes what is due of a kind in some bundles, writes down which leaves it was, and returns how far that kind has come.';
REVOKE ALL ON FUNCTION audit.let_go_of FROM PUBLIC;

CREATE FUNCTION audit.due(of_kind text, as_of timestamptz, from_bundle bigint, most integer)
RETURNS TABLE (bundle bigint, bitmap bytea, waits boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
#variable_conflict use_column
DECLARE
  before CONSTANT timestamptz := as_of - (SELECT make_interval(hours => k.days * 24) FROM audit.kind k WHERE k.kind = of_kind);
BEGIN
  IF (as_of <= now()) IS NOT TRUE THEN RAISE EXCEPTION 'that time has not come' USING ERRCODE = 'CD409'; END IF;
  RETURN QUERY
    SELECT s.bundle, substr(bit_send(bit_or(set_bit(0::bit(256), s.place, 1)) FILTER (WHERE s.due)), 5), bool_or(s.waits)
      FROM audit.standing(of_kind, before, from_bundle, most) AS s
     WHERE s.due OR s.waits
     GROUP BY s.bundle ORDER BY s.bundle;
END
$$;
COMMENT ON FUNCTION audit.due IS 'What audit.let_go would let go of a kind in some bundles: for each, which leaves, and whether it has others whose time is still to come. Shows nothing of the events.';
REVOKE ALL ON FUNCTION audit.due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.due TO cordon_audit;

CREATE FUNCTION audit.let_go(as_of timestamptz, most integer, its_number bigint, its_note text, kinds text[], bundles bigint[], bitmaps bytea[])
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  of_log uuid;
  its record;
  reached bigint;
  more boolean := false;
BEGIN
  IF (as_of <= now()) IS NOT TRUE THEN RAISE EXCEPTION 'that time has not come' USING ERRCODE = 'CD409'; END IF;
  IF (most BETWEEN 1 AND 1024) IS NOT TRUE THEN RAISE EXCEPTION 'not so many' USING ERRCODE = 'CD409'; END IF;
  IF NOT audit.holds_turn() THEN RAISE EXCEPTION 'this connection does not grow the log' USING ERRCODE = 'CD409'; END IF;
  -- The row first, as audit.begin_log has it: neither waits for the other, and both work on one log from beginning to end.
  SELECT l.log_id INTO of_log FROM audit.log l FOR NO KEY UPDATE;
  IF its_number <> (SELECT coalesce(max(s.number), 0) + 1 FROM audit.let_go_statement s WHERE s.log_id = of_log) THEN
    RAISE EXCEPTION 'this is not the number of the next statement' USING ERRCODE = 'CD409';
  END IF;
  -- Whoever puts a hold on events waits for those that are leaving, and from then on none does.
  LOCK TABLE audit.hold IN SHARE MODE;
  IF cardinality(kinds) > 0 THEN
    INSERT INTO audit.let_go_statement (log_id, number, note) VALUES (of_log, its_number, its_note);
  END IF;
  FOR its IN
    SELECT k.kind, as_of - make_interval(hours => k.days * 24) AS before, coalesce(r.bundle, 0) AS from_bundle
      FROM audit.kind k LEFT JOIN audit.let_go_reach r ON r.log_id = of_log AND r.kind = k.kind
  LOOP
    reached := audit.let_go_of(its.kind, its.before, its.from_bundle, most, of_log, its_number);
    INSERT INTO audit.let_go_reach AS r (log_id, kind, bundle) VALUES (of_log, its.kind, reached)
      ON CONFLICT (log_id, kind) DO UPDATE SET bundle = EXCLUDED.bundle;
    more := more OR reached = its.from_bundle + most;
  END LOOP;
  -- The note is signed before: it has to be of exactly this.
  IF EXISTS ((SELECT g.kind, g.bundle, g.bitmap FROM audit.let_go g WHERE g.log_id = of_log AND g.statement = its_number)
             EXCEPT SELECT * FROM unnest(kinds, bundles, bitmaps))
     OR (SELECT count(*) FROM audit.let_go g WHERE g.log_id = of_log AND g.statement = its_number) <> cardinality(kinds) THEN
    RAISE EXCEPTION 'what is due is not what was signed' USING ERRCODE = 'CD409';
  END IF;
  IF NOT more THEN UPDATE audit.log SET let_go_due = now() + interval '1 hour'; END IF;
  RETURN more;
END
$$;
COMMENT ON FUNCTION audit.let_go IS 'Lets go what is due in the next bundles of each kind, as of a time that has come, if it is what the note of that number says; the caller says what that is, and changes nothing by it. Returns whether there may be more.';
REVOKE ALL ON FUNCTION audit.let_go FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.let_go TO cordon_audit;

CREATE FUNCTION audit.drop_empty_partition() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  its record;
  left_there boolean;
BEGIN
  -- Whoever writes an event waits behind this lock: rather the next hour than long.
  PERFORM set_config('lock_timeout', '100ms', true);
  FOR its IN
    SELECT c.relname, audit.first_id(d.day) AS first, audit.first_id(d.day + interval '24 hours') AS after
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
           LATERAL (SELECT CASE WHEN c.relname ~ '^event_[0-9]{8}$'
                             THEN to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' END AS day) AS d
     WHERE i.inhparent = 'audit.event'::regclass AND d.day < now() - interval '72 hours'
     ORDER BY c.relname
  LOOP
    FOR look IN 1 .. 2 LOOP
      -- By the parent, since a partition shows its rows to nobody; by constants, so that only this one is planned and locked.
      EXECUTE format('SELECT EXISTS (SELECT FROM audit.event e WHERE e.event_id >= %L AND e.event_id < %L)', its.first, its.after)
        INTO left_there;
      EXIT WHEN left_there;
      IF look = 1 THEN LOCK TABLE ONLY audit.event IN ACCESS EXCLUSIVE MODE; END IF;
    END LOOP;
    CONTINUE WHEN left_there;
    EXECUTE format('DROP TABLE audit.%I', its.relname);
    RETURN its.relname;
  END LOOP;
  RETURN NULL;
EXCEPTION WHEN lock_not_available THEN
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit.drop_empty_partition IS 'Drops one day that is past and has no event any more, and returns its partition''s name; null where there is none, or the table is busy.';
REVOKE ALL ON FUNCTION audit.drop_empty_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.drop_empty_partition TO cordon_audit;

CREATE FUNCTION audit.release(of_tenant uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  UPDATE audit.hold h SET released_at = now() WHERE h.tenant_id IS NOT DISTINCT FROM of_tenant AND h.released_at IS NULL;
  IF NOT FOUND THEN RAISE EXCEPTION 'there is no such hold' USING ERRCODE = 'CD404'; END IF;
  -- What was held has been passed by.
  DELETE FROM audit.let_go_reach;
END
$$;
COMMENT ON FUNCTION audit.release IS 'Lifts the hold on a shop''s events, or, for null, the one on everybody''s.';
REVOKE ALL ON FUNCTION audit.release FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.release TO cordon_identity;

RESET ROLE;
-- Whether a connection has the turn, where 0001 has shut that off.
DO $$
BEGIN
  GRANT EXECUTE ON FUNCTION pg_catalog.pg_lock_status() TO cordon_owner;
  GRANT SELECT ON pg_catalog.pg_locks TO cordon_owner;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END
$$;
