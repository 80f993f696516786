-- Exports of audit events that lie in an object store (docs/audit.md): each sealed with a key of its own, which stands here, closed
-- with the key of the shop's audit events. The end of that key is the export's.

SET ROLE cordon_owner;

INSERT INTO audit.action (action, kind) VALUES ('audit.fetch', 'audit');

CREATE TABLE audit.export (
  export_id uuid PRIMARY KEY,
  tenant_id uuid,
  made_at timestamptz NOT NULL DEFAULT now(),
  events bigint NOT NULL CHECK (events >= 0),
  object_key bytea NOT NULL
);
COMMENT ON TABLE audit.export IS 'Exports that were put into an object store. Whether an object is still there, the store knows.';
COMMENT ON COLUMN audit.export.export_id IS 'The id of the event audit.export that it left, which says who made it and of what.';
COMMENT ON COLUMN audit.export.tenant_id IS 'Whose key closes the object''s. Null: the platform''s, for an export of everybody''s events.';
COMMENT ON COLUMN audit.export.object_key IS 'What the object is sealed with (keys/sealed_object.h), closed (keys/data_key.h).';

ALTER TABLE audit.export ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY kept ON audit.export TO cordon_owner USING (true);
CREATE POLICY shown ON audit.export FOR SELECT TO cordon_identity USING (true);
CREATE POLICY put ON audit.export FOR INSERT TO cordon_identity WITH CHECK (true);
GRANT SELECT, INSERT (export_id, tenant_id, events, object_key) ON audit.export TO cordon_identity;

RESET ROLE;
