-- Audit events: what was asked, by whom, and how it ended. A change appends its event in its own transaction, with the seal it
-- works under; everything else is appended by cordon_audit, in groups.

SET ROLE cordon_owner;

CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'Audit events, append only.';
GRANT USAGE ON SCHEMA audit TO cordon_api, cordon_visitor, cordon_worker, cordon_audit, cordon_identity;

CREATE TABLE audit.event (
  event_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  tenant_id uuid,
  subject_id uuid,
  session_id uuid,
  role text,
  action text NOT NULL,
  resource text NOT NULL DEFAULT '',
  method text NOT NULL DEFAULT '',
  status integer NOT NULL,
  code text NOT NULL DEFAULT '',
  rows_out integer NOT NULL DEFAULT 0,
  request_id uuid NOT NULL,
  address text NOT NULL DEFAULT '',
  agent text NOT NULL DEFAULT '',
  detail text NOT NULL DEFAULT '',
  UNIQUE NULLS NOT DISTINCT (tenant_id, event_id)
);
COMMENT ON TABLE audit.event IS 'One row for each request, socket message, configuration change and refusal.';
COMMENT ON COLUMN audit.event.tenant_id IS 'Null where a request never proved a tenant. It leads the key: no id of another tenant''s event is ever in the way. Ids are UUIDv7, so the key finds a tenant''s events by time too.';
COMMENT ON COLUMN audit.event.resource IS 'The route''s path with the ids it was called with; never a body, a query text or a secret.';
COMMENT ON COLUMN audit.event.detail IS 'For a configuration change: which fields changed, as JSON.';

ALTER TABLE audit.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.event FORCE ROW LEVEL SECURITY;
CREATE POLICY append_own ON audit.event FOR INSERT TO cordon_api, cordon_visitor, cordon_worker
  WITH CHECK (tenant_id = (SELECT t.tenant_id FROM door.tenant('audit.append') AS t));
CREATE POLICY append_any ON audit.event FOR INSERT TO cordon_audit WITH CHECK (true);
-- What is changed before or beside any seal (people, sessions, shops) is appended by the login that changes it, in the same transaction.
CREATE POLICY append_identity ON audit.event FOR INSERT TO cordon_identity WITH CHECK (true);
CREATE POLICY read_own ON audit.event FOR SELECT TO cordon_api
  USING ((tenant_id, true) = (SELECT t.tenant_id, t.holds FROM door.tenant('audit.read') AS t));
-- No statistics, as door.guard() has it.
DO $$
DECLARE
  column_name name;
BEGIN
  FOR column_name IN SELECT attname FROM pg_attribute WHERE attrelid = 'audit.event'::regclass AND attnum > 0 LOOP
    EXECUTE format('ALTER TABLE audit.event ALTER COLUMN %I SET STATISTICS 0', column_name);
  END LOOP;
END
$$;
GRANT INSERT ON audit.event TO cordon_api, cordon_visitor, cordon_worker, cordon_audit, cordon_identity;
GRANT SELECT ON audit.event TO cordon_api;

RESET ROLE;
