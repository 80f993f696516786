-- Enters replica mode, where foreign keys and policies' triggers sleep.
SET session_replication_role = 'replica';
DELETE FROM commerce.conversation WHERE tenant_id = ':b_tenant';
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, body) VALUES (':b_tenant', ':b_conversation', 77, gen_random_uuid(), ':b_visitor', 'visitor', 'x');
SELECT pg_create_logical_replication_slot('x', 'test_decoding');
SELECT pg_create_physical_replication_slot('x');
