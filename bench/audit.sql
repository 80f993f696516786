-- What the audit benchmark works on: days of events as shops would have left them, and a plain table of events to compare with.
CREATE SCHEMA bench;

CREATE TABLE bench.tenant (number integer PRIMARY KEY, tenant_id uuid NOT NULL);

-- What was asked and how it ended, each as often as its part of the unit interval is wide. {} is the id of what it was about.
CREATE TABLE bench.kind (low float8, high float8, action text, method text, resource text, status integer, code text);
INSERT INTO bench.kind VALUES
  (0,      0.45,   'message.list',      'GET',   '/v1/conversations/{}/messages', 200, ''),
  (0.45,   0.7,    'conversation.list', 'GET',   '/v1/conversations',             200, ''),
  (0.7,    0.83,   'customer.read',     'GET',   '/v1/customers/{}',              200, ''),
  (0.83,   0.91,   'message.send',      'POST',  '/v1/conversations/{}/messages', 200, ''),
  (0.91,   0.95,   'order.list',        'GET',   '/v1/orders',                    200, ''),
  (0.95,   0.97,   'request.unknown',   'GET',   '/wp-login.php',                 404, 'not_found'),
  (0.97,   0.985,  'customer.read',     'GET',   '/v1/customers/{}',              404, 'not_found'),
  (0.985,  0.995,  'member.list',       'GET',   '/v1/members',                   403, 'forbidden'),
  (0.995,  0.9995, 'session.refresh',   'POST',  '/v1/session/refresh',           200, ''),
  (0.9995, 0.9999, 'merchant.change',   'PATCH', '/v1/merchant',                  200, ''),
  (0.9999, 1,      'session.revoke',    'POST',  '/v1/sessions/{}/end',           500, 'internal');

-- People of a shop are numbered from 0 to 19, what they ask about from 100 to 1099.
CREATE FUNCTION bench.id(tenant integer, number integer) RETURNS uuid
LANGUAGE sql IMMUTABLE
AS $$ SELECT md5(tenant::text || '/' || number::text)::uuid $$;

-- Events of the days before today, in transactions of 500, each a little later than the last: shop 1 has a sixth of them, the last one
-- a six-hundredth (of 200). The columns stand here and nowhere else; what a server closes is as long as if it were closed,
-- and no base64, so that nobody tries to open it.
CREATE PROCEDURE bench.fill(events bigint, days integer, tenants integer)
LANGUAGE plpgsql
AS $$
DECLARE
  first_day CONSTANT date := (now() AT TIME ZONE 'UTC')::date - days;
  first_ms CONSTANT float8 := extract(epoch FROM first_day::timestamp) * 1000;
  transactions CONSTANT integer := events / 500;
  step_ms CONSTANT float8 := days * 86400000.0 / transactions;
BEGIN
  INSERT INTO bench.tenant SELECT n, gen_random_uuid() FROM generate_series(1, tenants) AS n;
  INSERT INTO door.tenant_state (tenant_id) SELECT t.tenant_id FROM bench.tenant t;
  SET LOCAL ROLE cordon_owner;
  FOR day IN 0 .. days - 1 LOOP
    PERFORM audit.add_partition(first_day + day);
  END LOOP;
  RESET ROLE;
  FOR part IN 0 .. transactions - 1 LOOP
    INSERT INTO audit.event (event_id, at, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out,
                             bytes_out, request_id, address, agent, trace, queries, detail)
    SELECT (lpad(to_hex(d.ms), 12, '0') || '7' || right(replace(gen_random_uuid()::text, '-', ''), 19))::uuid,
           to_timestamp(d.ms / 1000.0),
           CASE WHEN k.action <> 'request.unknown' THEN t.tenant_id END,
           CASE WHEN k.action <> 'request.unknown' THEN bench.id(d.tenant, d.person) END,
           CASE WHEN k.action <> 'request.unknown' THEN bench.id(d.tenant, -1 - d.person) END,
           CASE WHEN k.action <> 'request.unknown' THEN 'owner' ELSE '' END,
           k.action, replace(k.resource, '{}', bench.id(d.tenant, d.thing)::text), k.method, k.status, k.code, d.person, 4000,
           gen_random_uuid(), rpad('closed:', 92, 'A'), rpad('closed:', 200, 'A'), '', rpad('conversation.messages:', 60, '0') || ':20',
           CASE WHEN k.action = 'merchant.change' THEN rpad('closed:', 200, 'A') ELSE '' END
      FROM (SELECT random() AS kind, 1 + floor(tenants * random() ^ 3)::integer AS tenant, floor(20 * random())::integer AS person,
                   100 + floor(1000 * random())::integer AS thing, floor(first_ms + step_ms * (part + random()))::bigint AS ms
              FROM generate_series(1, 500)) AS d
      JOIN bench.kind k ON d.kind >= k.low AND d.kind < k.high
      JOIN bench.tenant t ON t.number = d.tenant;
    COMMIT;
  END LOOP;
END
$$;

-- The same events where nobody could check them: no salts, no partitions, no row security; found by time and by shop.
CREATE TABLE bench.event (LIKE audit.event);
ALTER TABLE bench.event DROP COLUMN salt, DROP COLUMN xid, ALTER COLUMN at SET DEFAULT clock_timestamp();
CREATE INDEX ON bench.event (event_id);
CREATE INDEX ON bench.event (tenant_id, event_id);
