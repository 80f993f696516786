-- Defers constraints and checks B's keys at commit.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, body) VALUES (':a_tenant', ':b_conversation', 901, gen_random_uuid(), ':a_visitor', 'visitor', 'x');
COMMIT;
SET CONSTRAINTS ALL IMMEDIATE;
