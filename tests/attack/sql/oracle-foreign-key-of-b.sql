-- Points rows that claim to be B's at B's ids.
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, body) VALUES (':b_tenant', ':b_conversation', 900, gen_random_uuid(), ':b_visitor', 'visitor', 'x');
INSERT INTO commerce.conversation (tenant_id, conversation_id, visitor_id, status) VALUES (':b_tenant', gen_random_uuid(), ':b_visitor', 'closed');
INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq) VALUES (':b_tenant', gen_random_uuid(), ':b_visitor', 'assistant', ':b_conversation', 1);
INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) VALUES (gen_random_uuid(), ':b_tenant', 'x', 200, gen_random_uuid());
