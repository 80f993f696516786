-- Points rows of A at B's ids and learns from the foreign key that these exist.
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, body) VALUES (':a_tenant', ':b_conversation', 900, gen_random_uuid(), ':a_visitor', 'visitor', 'x');
INSERT INTO commerce.conversation (tenant_id, conversation_id, visitor_id, status) VALUES (':a_tenant', gen_random_uuid(), ':b_visitor', 'closed');
UPDATE commerce.conversation SET customer_id = ':b_customer';
UPDATE commerce.visitor SET customer_id = ':b_customer';
INSERT INTO commerce.shop_order (tenant_id, order_id, external_id, customer_id, total_minor, currency, placed_at) VALUES (':a_tenant', gen_random_uuid(), 'x', ':b_customer', 1, 'EUR', now());
UPDATE commerce.shop_order SET conversation_id = ':b_conversation';
INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq) VALUES (':a_tenant', gen_random_uuid(), ':a_visitor', 'assistant', ':b_conversation', 1);
