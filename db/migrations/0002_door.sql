-- The door: who may touch which tenant's rows, decided by PostgreSQL itself in every statement.
--
-- A seal is 32 random bytes that a client carries; here stands only its SHA-256 beside what it stands for. A transaction
-- shows its seal by setting `cordon.seal`; anybody may set that to anything, and only a live seal gains something. What is
-- hashed is the seal's text, 64 hexadecimal digits in lower case: a seal has one spelling.

SET ROLE cordon_owner;

CREATE SCHEMA door;
COMMENT ON SCHEMA door IS 'Seals, sessions, roles and permissions, suspension and the global stop.';
GRANT USAGE ON SCHEMA door TO cordon_identity, cordon_api, cordon_visitor, cordon_worker, cordon_audit, cordon_monitor;

-- RBAC as data --------------------------------------------------------------------------------------------------------------

CREATE TABLE door.permission (
  name text PRIMARY KEY,
  meaning text NOT NULL
);
COMMENT ON TABLE door.permission IS 'What can be allowed. Policies, routes and roles name permissions by this name.';

CREATE TABLE door.role (
  name text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('merchant', 'visitor', 'service', 'staff')),
  meaning text NOT NULL
);
COMMENT ON TABLE door.role IS 'Who somebody is towards a tenant; a seal carries exactly one role.';

CREATE TABLE door.role_permission (
  role text NOT NULL REFERENCES door.role,
  permission text NOT NULL REFERENCES door.permission,
  PRIMARY KEY (role, permission)
);
COMMENT ON TABLE door.role_permission IS 'The matrix role x permission. A seal takes its role''s permissions when it is minted.';

INSERT INTO door.permission (name, meaning) VALUES
  ('merchant.read', 'see the shop''s own settings'),
  ('merchant.write', 'change the shop''s own settings'),
  ('catalogue.read', 'see products and policies'),
  ('catalogue.write', 'import products and policies'),
  ('conversation.read', 'see conversations and their messages'),
  ('conversation.write', 'answer, take over, hand back and close conversations'),
  ('customer.read', 'see customer profiles'),
  ('customer.write', 'import and change customer profiles'),
  ('order.read', 'see orders and what they are attributed to'),
  ('order.write', 'record orders'),
  ('audit.append', 'leave an audit event with a change'),
  ('audit.read', 'read the shop''s own audit events'),
  ('job.write', 'queue and finish background work'),
  ('token.manage', 'make and revoke API tokens'),
  ('grant.read', 'see who of the staff was let into the shop, why and for how long'),
  ('grant.approve', 'let support in, and say whether it has to ask'),
  ('grant.revoke', 'send support out'),
  ('grant.open', 'ask to be let into a shop, with a reason and an end'),
  ('visit.read', 'see one''s own visit: conversation, messages, and the public catalogue'),
  ('visit.write', 'write in one''s own conversation'),
  ('tenant.suspend', 'suspend and resume a shop'),
  ('platform.stop', 'stop and start everything');

INSERT INTO door.role (name, kind, meaning) VALUES
  ('owner', 'merchant', 'owns the shop'),
  ('manager', 'merchant', 'runs the shop, without its settings of ownership'),
  ('agent', 'merchant', 'answers shoppers'),
  ('analyst', 'merchant', 'reads figures, neither conversations nor profiles'),
  ('visitor', 'visitor', 'a shopper in a storefront'),
  ('assistant', 'service', 'the assistant, answering in one shop'),
  ('importer', 'service', 'brings a shop''s catalogue, customers and orders in'),
  ('support', 'staff', 'helps merchants; sees nothing of a shop without a support grant'),
  ('security', 'staff', 'answers incidents: suspends shops, stops everything'),
  ('auditor', 'staff', 'reads the audit log without content');

INSERT INTO door.role_permission (role, permission)
SELECT role, unnest(permissions) FROM (VALUES
  ('owner', ARRAY['merchant.read', 'merchant.write', 'catalogue.read', 'catalogue.write', 'conversation.read', 'conversation.write',
                  'customer.read', 'customer.write', 'order.read', 'order.write', 'audit.append', 'audit.read', 'job.write',
                  'token.manage', 'grant.read', 'grant.approve', 'grant.revoke']),
  ('manager', ARRAY['merchant.read', 'merchant.write', 'catalogue.read', 'catalogue.write', 'conversation.read', 'conversation.write',
                    'customer.read', 'customer.write', 'order.read', 'order.write', 'audit.append', 'job.write', 'token.manage',
                    'grant.read']),
  ('agent', ARRAY['merchant.read', 'catalogue.read', 'conversation.read', 'conversation.write', 'customer.read', 'order.read',
                  'audit.append', 'job.write']),
  ('analyst', ARRAY['merchant.read', 'catalogue.read', 'order.read', 'audit.append']),
  ('visitor', ARRAY['visit.read', 'visit.write', 'audit.append']),
  ('assistant', ARRAY['merchant.read', 'catalogue.read', 'conversation.read', 'conversation.write', 'audit.append', 'job.write']),
  ('importer', ARRAY['merchant.read', 'merchant.write', 'catalogue.read', 'catalogue.write', 'conversation.read', 'conversation.write',
                     'customer.read', 'customer.write', 'order.read', 'order.write', 'audit.append']),
  -- Reading only, for a session that a grant opened in a shop. Staff's own sessions stand under the platform's tenant, which owns
  -- no row: there the same permissions open nothing.
  ('support', ARRAY['merchant.read', 'catalogue.read', 'conversation.read', 'order.read', 'audit.append', 'grant.open']),
  ('security', ARRAY['tenant.suspend', 'platform.stop', 'grant.open'])
) AS matrix (role, permissions);

-- Tenants, sessions, seals --------------------------------------------------------------------------------------------------

CREATE TABLE door.tenant_state (
  tenant_id uuid PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  suspended_at timestamptz,
  suspended_why text
);
COMMENT ON TABLE door.tenant_state IS 'Every tenant, and whether it is suspended.';

CREATE TABLE door.stop (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  stopped_at timestamptz NOT NULL DEFAULT now(),
  why text NOT NULL
);
COMMENT ON TABLE door.stop IS 'One row while everything is stopped, else none.';

CREATE TABLE door.session (
  session_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES door.tenant_state,
  subject_id uuid NOT NULL,
  role text NOT NULL REFERENCES door.role,
  scopes text[],
  opened_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX ON door.session (tenant_id, subject_id);
CREATE INDEX ON door.session (expires_at);
COMMENT ON TABLE door.session IS 'A signed-in person, a visiting shopper or a service at work; its seals end with it.';
COMMENT ON COLUMN door.session.scopes IS 'Of its role''s permissions those that it has; all of them if null. It only ever takes away.';

CREATE TABLE door.seal (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  tenant_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  session_id uuid NOT NULL,
  role text NOT NULL,
  permissions text[] NOT NULL,
  expires_at timestamptz NOT NULL,
  closed text CHECK (closed IN ('revoked', 'suspended', 'stopped'))
);
-- On the ids' text: a cast is no condition that PostgreSQL lets come before row security, so nobody can make it look another
-- tenant's seals up and have EXPLAIN ANALYZE tell how many there were. (For a foreign key to door.session that would not do; door.mint
-- locks the session, door.sweep keeps those that have seals.)
CREATE INDEX ON door.seal ((tenant_id::text));
CREATE INDEX ON door.seal ((session_id::text));
CREATE INDEX ON door.seal (expires_at);
COMMENT ON TABLE door.seal IS 'What each seal stands for, found by the seal''s SHA-256.';
COMMENT ON COLUMN door.seal.permissions IS 'The role''s permissions at minting; seals live minutes, so a changed role is soon everywhere.';
COMMENT ON COLUMN door.seal.expires_at IS 'The one thing that the hot path looks at: revoking, suspending and stopping move it to -infinity.';
COMMENT ON COLUMN door.seal.closed IS 'Why expires_at was moved, for the error that the caller gets.';

-- A login may look up one row of door.seal: that of the seal it holds. The functions of this schema run as cordon_owner and see
-- all of them. Holding works in READ COMMITTED only: an older snapshot would go on seeing a seal that has been revoked since.
ALTER TABLE door.seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE door.seal FORCE ROW LEVEL SECURITY;
CREATE POLICY held ON door.seal FOR SELECT TO cordon_api, cordon_visitor, cordon_worker
  USING (digest = CASE current_setting('transaction_isolation') WHEN 'read committed'
                       THEN sha256(textsend(current_setting('cordon.seal', true))) END);
CREATE POLICY kept ON door.seal TO cordon_owner USING (true) WITH CHECK (true);
GRANT SELECT ON door.seal TO cordon_api, cordon_visitor, cordon_worker;
COMMENT ON POLICY held ON door.seal IS 'Nobody reads a seal''s row without the seal itself.';

-- The door's questions ------------------------------------------------------------------------------------------------------

CREATE FUNCTION door.refuse(permission text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  held door.seal%ROWTYPE;
  presented text := current_setting('cordon.seal', true);
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the door opens in read committed transactions only' USING ERRCODE = 'CD400';
  END IF;
  IF presented ~ '^[0-9a-f]{64}$' THEN
    SELECT * INTO held FROM door.seal WHERE digest = sha256(textsend(presented));
  END IF;
  IF held.digest IS NULL THEN
    RAISE EXCEPTION 'no such seal' USING ERRCODE = 'CD401';
  ELSIF held.closed = 'revoked' THEN
    RAISE EXCEPTION 'this session has ended' USING ERRCODE = 'CD419';
  -- What has been lifted since is no reason any more; its seal stays dead, and the caller fetches a new one.
  ELSIF held.closed = 'suspended'
        AND EXISTS (SELECT FROM door.tenant_state t WHERE t.tenant_id = held.tenant_id AND t.suspended_at IS NOT NULL) THEN
    RAISE EXCEPTION 'this tenant is suspended' USING ERRCODE = 'CD423';
  ELSIF held.closed = 'stopped' AND EXISTS (SELECT FROM door.stop) THEN
    RAISE EXCEPTION 'everything is stopped' USING ERRCODE = 'CD503';
  ELSIF held.expires_at <= statement_timestamp() THEN
    RAISE EXCEPTION 'this seal has expired' USING ERRCODE = 'CD401';
  END IF;
  RAISE EXCEPTION 'this seal does not carry %', permission USING ERRCODE = 'CD403';
END
$$;
COMMENT ON FUNCTION door.refuse IS 'Called where a seal did not hold: raises why. CD400 isolation, CD401 unknown or expired, CD403 permission, CD419 revoked, CD423 suspended, CD503 stopped.';

-- Two rules of speed here, each measured (bench/door): the planner inlines these functions into the policy's InitPlan, which
-- it does only for LANGUAGE sql, STABLE, returning a set, with no SET and no SECURITY DEFINER; and the seal is looked up by an
-- ordinary index scan in that plan, with no function call at all on the way that succeeds. (textsend() in place of convert_to()
-- for the same reason: what a seal has to match is ASCII, alike in every encoding.)
CREATE FUNCTION door.tenant(permission text) RETURNS TABLE (tenant_id uuid, holds boolean)
LANGUAGE sql STABLE
AS $$
  SELECT coalesce((SELECT s.tenant_id FROM door.seal s
                    WHERE s.expires_at > statement_timestamp() AND permission = ANY (s.permissions)),
                  door.refuse(permission)),
         true
$$;
COMMENT ON FUNCTION door.tenant IS 'The tenant of the seal that this transaction holds, if it is live and carries the permission, and true; raises otherwise.';

CREATE FUNCTION door.subject() RETURNS SETOF uuid
LANGUAGE sql STABLE
AS $$ SELECT s.subject_id FROM door.seal s WHERE s.expires_at > statement_timestamp() $$;
COMMENT ON FUNCTION door.subject IS 'The person, visitor or service of the seal that this transaction holds.';

CREATE FUNCTION door.enter(seal text) RETURNS text
LANGUAGE sql VOLATILE
AS $$ SELECT set_config('cordon.seal', seal, true) $$;
COMMENT ON FUNCTION door.enter IS 'Shows a seal (64 hexadecimal digits) for the rest of this transaction. Proves nothing by itself: every policy asks door.tenant().';

CREATE FUNCTION door.knock(permission text) RETURNS TABLE (tenant_id uuid, subject_id uuid, session_id uuid)
LANGUAGE sql STABLE
AS $$
  SELECT coalesce((SELECT s.tenant_id FROM door.seal s
                    WHERE s.expires_at > statement_timestamp() AND (permission IS NULL OR permission = ANY (s.permissions))),
                  door.refuse(permission)),
         (SELECT s.subject_id FROM door.seal s), (SELECT s.session_id FROM door.seal s)
$$;
COMMENT ON FUNCTION door.knock IS 'Asks whether the seal holds and whose it is, for a request that touches no tenant table. Without a permission any live seal will do.';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA door FROM PUBLIC;
GRANT EXECUTE ON FUNCTION door.refuse, door.tenant, door.subject, door.enter, door.knock TO cordon_api, cordon_visitor, cordon_worker;

-- Guarding a table ----------------------------------------------------------------------------------------------------------

CREATE FUNCTION door.guard(guarded regclass, read text, write text, own text DEFAULT NULL, own_write boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  -- One look-up for two comparisons. `holds` is true and compares with no column and so costs nothing: PostgreSQL asks it before every
  -- condition of the caller's, and a seal that does not hold is refused at the first row. Without it the refusal would come only
  -- once some row, of whatever tenant, had passed the caller's own condition, and tell that there is one. For the same reason
  -- every index that a login could make use of begins with tenant_id.
  holds constant text := '(tenant_id, true) = (SELECT t.tenant_id, t.holds FROM door.tenant(%L) AS t)';
  may_read text := format(holds, read);
  may_write text := format(holds, write);
  column_name name;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
  EXECUTE format('CREATE POLICY read ON %s FOR SELECT TO cordon_api, cordon_worker USING (%s)', guarded, may_read);
  EXECUTE format('CREATE POLICY add ON %s FOR INSERT TO cordon_api, cordon_worker WITH CHECK (%s)', guarded, may_write);
  EXECUTE format('CREATE POLICY change ON %s FOR UPDATE TO cordon_api, cordon_worker USING (%s) WITH CHECK (%s)',
                 guarded, may_write, may_write);
  EXECUTE format('CREATE POLICY remove ON %s FOR DELETE TO cordon_api, cordon_worker USING (%s)', guarded, may_write);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO cordon_api, cordon_worker', guarded);
  IF own IS NOT NULL THEN
    -- `own` names the column that holds the visitor; 'public' lets every visitor of the shop read the table.
    may_read := format(holds, 'visit.read');
    may_write := format(holds, 'visit.write');
    IF own <> 'public' THEN
      may_read := may_read || format(' AND %I = (SELECT s FROM door.subject() AS s)', own);
      may_write := may_write || format(' AND %I = (SELECT s FROM door.subject() AS s)', own);
    END IF;
    EXECUTE format('CREATE POLICY own_read ON %s FOR SELECT TO cordon_visitor USING (%s)', guarded, may_read);
    EXECUTE format('GRANT SELECT ON %s TO cordon_visitor', guarded);
    IF own_write THEN
      EXECUTE format('CREATE POLICY own_add ON %s FOR INSERT TO cordon_visitor WITH CHECK (%s)', guarded, may_write);
      EXECUTE format('CREATE POLICY own_change ON %s FOR UPDATE TO cordon_visitor USING (%s) WITH CHECK (%s)',
                     guarded, may_write, may_write);
      EXECUTE format('GRANT INSERT, UPDATE ON %s TO cordon_visitor', guarded);
    END IF;
  END IF;
  -- No statistics at all: the planner's row estimates would tell of other tenants' values.
  FOR column_name IN
    SELECT attname FROM pg_attribute
     WHERE attrelid = guarded AND attnum > 0 AND NOT attisdropped
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', guarded, column_name);
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION door.guard FROM PUBLIC;
COMMENT ON FUNCTION door.guard IS 'Makes a table with a tenant_id column a tenant table: forced row security, one policy shape, grants. Called by the migration that creates the table.';

-- Minting and closing: the identity login only ------------------------------------------------------------------------------

CREATE FUNCTION door.open_session(tenant uuid, session uuid, subject uuid, its_role text, seconds integer, its_scopes text[] DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  INSERT INTO door.session (session_id, tenant_id, subject_id, role, scopes, expires_at)
  VALUES (session, tenant, subject, its_role, its_scopes, statement_timestamp() + make_interval(secs => seconds));
END
$$;
COMMENT ON FUNCTION door.open_session IS 'Begins a session of a subject, in one role or a part of it, towards one tenant.';

CREATE FUNCTION door.permissions(its_role text, its_scopes text[]) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$
  SELECT coalesce(array_agg(p.permission ORDER BY p.permission), '{}') FROM door.role_permission p
   WHERE p.role = its_role AND (its_scopes IS NULL OR p.permission = ANY (its_scopes))
$$;
COMMENT ON FUNCTION door.permissions IS 'What a session of this role, narrowed to these scopes, may do. Called by the functions of this schema only.';

CREATE FUNCTION door.narrow(parent uuid, session uuid, its_scopes text[], seconds integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  of door.session%ROWTYPE;
BEGIN
  SELECT * INTO of FROM door.session s WHERE s.session_id = parent FOR SHARE;
  IF NOT FOUND OR of.expires_at <= statement_timestamp() THEN
    RAISE EXCEPTION 'this session has expired' USING ERRCODE = 'CD401';
  ELSIF of.revoked_at IS NOT NULL THEN
    RAISE EXCEPTION 'this session has ended' USING ERRCODE = 'CD419';
  -- Null would mean all of them.
  ELSIF its_scopes IS NULL OR NOT its_scopes <@ door.permissions(of.role, of.scopes) THEN
    RAISE EXCEPTION 'nobody gives away more than they have' USING ERRCODE = 'CD403';
  END IF;
  INSERT INTO door.session (session_id, tenant_id, subject_id, role, scopes, expires_at)
  VALUES (session, of.tenant_id, of.subject_id, of.role, its_scopes, statement_timestamp() + make_interval(secs => seconds));
END
$$;
COMMENT ON FUNCTION door.narrow IS 'Begins a session that may do a part of what another, live one may, for the same subject, and that outlives it.';

CREATE FUNCTION door.mint(session uuid, seconds integer) RETURNS TABLE (seal text, permissions text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  of door.session%ROWTYPE;
  fresh text := encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex');
  allowed text[];
BEGIN
  -- Shared with every mint, exclusive for door.halt: a seal minted beside a stop is either seen by it or refused by it.
  PERFORM pg_advisory_xact_lock_shared(7305804402566918);
  IF EXISTS (SELECT FROM door.stop) THEN
    RAISE EXCEPTION 'everything is stopped' USING ERRCODE = 'CD503';
  END IF;
  SELECT * INTO of FROM door.session s WHERE s.session_id = session FOR SHARE;
  IF NOT FOUND OR of.expires_at <= statement_timestamp() THEN
    RAISE EXCEPTION 'this session has expired' USING ERRCODE = 'CD401';
  ELSIF of.revoked_at IS NOT NULL THEN
    RAISE EXCEPTION 'this session has ended' USING ERRCODE = 'CD419';
  END IF;
  PERFORM FROM door.tenant_state t WHERE t.tenant_id = of.tenant_id AND t.suspended_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this tenant is suspended' USING ERRCODE = 'CD423';
  END IF;
  allowed := door.permissions(of.role, of.scopes);
  INSERT INTO door.seal (digest, tenant_id, subject_id, session_id, role, permissions, expires_at)
  VALUES (sha256(textsend(fresh)), of.tenant_id, of.subject_id, session, of.role, allowed,
          least(of.expires_at, statement_timestamp() + make_interval(secs => seconds)));
  RETURN QUERY SELECT fresh, allowed;
END
$$;
COMMENT ON FUNCTION door.mint IS 'Makes a seal for a live session: 256 bits of PostgreSQL''s strong randomness, returned once and kept as a digest only.';

CREATE FUNCTION door.session_of(session uuid)
RETURNS TABLE (tenant_id uuid, subject_id uuid, session_id uuid, role text, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT s.tenant_id, s.subject_id, s.session_id, s.role, s.revoked_at FROM door.session s WHERE s.session_id = session $$;
COMMENT ON FUNCTION door.session_of IS 'Whose a session is, for the access token that carries its seal, and whether it was ended.';

CREATE FUNCTION door.revoke(session uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  UPDATE door.session o SET revoked_at = coalesce(o.revoked_at, statement_timestamp()) WHERE o.session_id = revoke.session;
  UPDATE door.seal s SET expires_at = '-infinity', closed = 'revoked' WHERE s.session_id::text = revoke.session::text AND s.closed IS NULL;
  -- Closes its sockets on every replica (src/chat/hub.cc has the topic, src/chat/bus.cc the form), whoever revokes, and only if it commits.
  PERFORM pg_notify('cordon', 'everybody---' || encode(substr(sha256('s'::bytea || uuid_send(revoke.session)), 1, 16), 'hex') || 'e');
END
$$;
COMMENT ON FUNCTION door.revoke IS 'Ends a session and every seal of it: the next statement that shows one fails, and its sockets close.';

CREATE FUNCTION door.suspend(tenant uuid, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  UPDATE door.tenant_state SET suspended_at = coalesce(suspended_at, statement_timestamp()), suspended_why = why WHERE tenant_id = tenant;
  UPDATE door.seal SET expires_at = '-infinity', closed = 'suspended' WHERE tenant_id::text = tenant::text AND closed IS NULL;
  -- Every socket of every replica asks again whether its seal holds (src/chat/bus.cc reads this).
  PERFORM pg_notify('cordon', 'everybody---' || repeat('0', 32) || 'r');
END
$$;
COMMENT ON FUNCTION door.suspend IS 'Shuts one tenant at once; sessions survive, so that resume lets people go on.';

CREATE FUNCTION door.resume(tenant uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$ UPDATE door.tenant_state SET suspended_at = NULL, suspended_why = NULL WHERE tenant_id = tenant $$;

CREATE FUNCTION door.halt(why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7305804402566918);
  INSERT INTO door.stop (why) VALUES (why) ON CONFLICT (one) DO NOTHING;
  UPDATE door.seal SET expires_at = '-infinity', closed = 'stopped' WHERE closed IS NULL AND expires_at > statement_timestamp();
  PERFORM pg_notify('cordon', 'everybody---' || repeat('0', 32) || 'r');
END
$$;
COMMENT ON FUNCTION door.halt IS 'The global kill switch: no seal holds and none is minted until door.unhalt().';

CREATE FUNCTION door.unhalt() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$ DELETE FROM door.stop $$;

CREATE FUNCTION door.sweep(at_most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  swept bigint;
  past constant timestamptz := statement_timestamp() - interval '15 minutes';
BEGIN
  -- Kept for a quarter of an hour past their end, and as long as a suspension or stop lasts, so that a late caller still hears why.
  DELETE FROM door.seal WHERE digest IN (
    SELECT s.digest FROM door.seal s JOIN door.session o USING (session_id)
     WHERE s.expires_at < past
       AND (s.closed IS NULL
            OR o.expires_at < past
            OR s.closed = 'revoked' AND o.revoked_at < past
            OR s.closed = 'suspended'
               AND NOT EXISTS (SELECT FROM door.tenant_state t WHERE t.tenant_id = s.tenant_id AND t.suspended_at IS NOT NULL)
            OR s.closed = 'stopped' AND NOT EXISTS (SELECT FROM door.stop))
     LIMIT at_most);
  GET DIAGNOSTICS swept = ROW_COUNT;
  DELETE FROM door.session o WHERE o.session_id IN (
    SELECT o2.session_id FROM door.session o2
     WHERE o2.expires_at < past
       AND NOT EXISTS (SELECT FROM door.seal s WHERE s.session_id = o2.session_id) LIMIT at_most);
  RETURN swept;
END
$$;
COMMENT ON FUNCTION door.sweep IS 'Deletes seals and sessions that are over, at most so many at a time; returns how many seals went.';

CREATE FUNCTION door.add_tenant(tenant uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$ INSERT INTO door.tenant_state (tenant_id) VALUES (tenant) $$;

REVOKE ALL ON FUNCTION door.open_session, door.permissions, door.narrow, door.mint, door.session_of, door.revoke, door.suspend, door.resume, door.halt, door.unhalt, door.sweep,
  door.add_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION door.open_session, door.narrow, door.mint, door.session_of, door.revoke, door.suspend, door.resume, door.halt, door.unhalt, door.sweep,
  door.add_tenant TO cordon_identity;

RESET ROLE;
