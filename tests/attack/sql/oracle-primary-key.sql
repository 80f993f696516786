-- Inserts rows under B's ids and learns from a duplicate that they exist.
INSERT INTO commerce.conversation (tenant_id, conversation_id, visitor_id) VALUES (':a_tenant', ':b_conversation', ':a_visitor2');
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (':a_tenant', ':b_customer', 'x', 'x', 'x');
INSERT INTO commerce.merchant (tenant_id, shop, name, currency, assistant_name, greeting) VALUES (':b_tenant', 'x', 'x', 'EUR', 'x', 'x');
INSERT INTO commerce.visitor (tenant_id, visitor_id) VALUES (':a_tenant', ':b_visitor');
INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq) VALUES (':a_tenant', ':b_job', ':a_visitor', 'assistant', ':a_conversation', 1);
