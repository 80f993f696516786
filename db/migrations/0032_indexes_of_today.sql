-- Requests wait for each index of the day that is under way: to be opened, and its condition asked, for every event that it does not even
-- have. So that day has two of what was refused, one for a shop and one for all, in which a status or a code is looked for one by one. The
-- exact ones come when the day is over.

SET ROLE cordon_owner;

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
         -- The conditions of a search for a status or a code (audit.search) are these, each by itself.
         (9, 'refused', '(tenant_id, event_id) WHERE status >= 400 OR code <> ''''', true),
         (10, 'all_refused', '(uuid_send(event_id)) WHERE status >= 400 OR code <> ''''', true)
$$;

-- Of the day that is under way and those to come, and of event_other, whose name comes after theirs.
DO $$
DECLARE
  today CONSTANT text := to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD');
  its record;
BEGIN
  FOR its IN
    SELECT c.relname AS partition, s.name, s.definition, s.at_once
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid CROSS JOIN audit.search_indexes() s
     WHERE i.inhparent = 'audit.event'::regclass AND c.relname >= 'event_' || today
     ORDER BY c.relname, s.number
  LOOP
    IF its.at_once THEN
      EXECUTE format('CREATE INDEX %I ON audit.%I %s', its.partition || '_' || its.name, its.partition, its.definition);
      PERFORM audit.no_statistics(format('audit.%I', its.partition)::regclass);
    ELSE
      EXECUTE format('DROP INDEX IF EXISTS audit.%I', its.partition || '_' || its.name);
    END IF;
  END LOOP;
END
$$;

RESET ROLE;
