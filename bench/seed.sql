-- 20 shops, 200 conversations each, 40 messages each of 20 to 220 bytes: 160,000 messages.
INSERT INTO door.tenant_state (tenant_id) SELECT gen_random_uuid() FROM generate_series(1, 20);
INSERT INTO identity.shop (tenant_id, shop) SELECT tenant_id, 'bench-' || row_number() OVER () FROM door.tenant_state
 WHERE tenant_id <> '00000000-0000-0000-0000-000000000000';
INSERT INTO commerce.merchant (tenant_id, shop, name, currency, assistant_name, greeting)
SELECT tenant_id, shop, 'The ' || shop, 'EUR', 'Ada', 'Hello!' FROM identity.shop;
INSERT INTO commerce.visitor (tenant_id, visitor_id) SELECT tenant_id, gen_random_uuid() FROM identity.shop, generate_series(1, 200);
INSERT INTO commerce.conversation (tenant_id, conversation_id, visitor_id, last_seq, preview, last_author)
SELECT tenant_id, gen_random_uuid(), visitor_id, 40, textsend('Is it in stock?'), 'visitor' FROM commerce.visitor;
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, client_id, body)
SELECT tenant_id, conversation_id, seq, gen_random_uuid(), visitor_id, CASE seq % 2 WHEN 1 THEN 'visitor' ELSE 'assistant' END,
       gen_random_uuid(), textsend(left(repeat('Do you have the blue jacket in size M? ', 6), 20 + (seq * 37 + 11) % 200))
  FROM commerce.conversation, generate_series(1, 40) AS seq;
-- 10,000 live seals that nobody shows: the door finds its one among them.
INSERT INTO door.session (session_id, tenant_id, subject_id, role, expires_at)
SELECT gen_random_uuid(), tenant_id, gen_random_uuid(), 'agent', now() + interval '2 hours' FROM identity.shop, generate_series(1, 500);
INSERT INTO door.seal (digest, tenant_id, subject_id, session_id, role, permissions, expires_at)
SELECT sha256(uuid_send(gen_random_uuid())), tenant_id, subject_id, session_id, role,
       ARRAY(SELECT permission FROM door.role_permission p WHERE p.role = s.role ORDER BY 1), expires_at
  FROM door.session s;


-- The peer's: text, as such a service would keep it.
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO cordon_api;
CREATE TABLE bench.message_peer (LIKE commerce.message INCLUDING ALL);
INSERT INTO bench.message_peer SELECT * FROM commerce.message;
ALTER TABLE bench.message_peer ALTER COLUMN body TYPE text USING convert_from(body, 'UTF8');
ALTER TABLE bench.message_peer ENABLE ROW LEVEL SECURITY;
ALTER TABLE bench.message_peer FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON bench.message_peer USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT ON bench.message_peer TO cordon_api;
