-- As a visitor, writes as another visitor, as the merchant, and under another name.
-- as: visitor
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, body) VALUES (':a_tenant', ':a_conversation2', 901, gen_random_uuid(), ':a_visitor2', 'visitor', 'x');
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, body) VALUES (':a_tenant', ':a_conversation', 901, gen_random_uuid(), ':a_visitor', 'agent', 'x');
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, body) VALUES (':a_tenant', ':a_conversation2', 902, gen_random_uuid(), ':a_visitor', 'visitor', 'into somebody else''s');
UPDATE commerce.conversation SET visitor_id = ':a_visitor2';
UPDATE commerce.conversation SET customer_id = ':a_customer';
UPDATE commerce.visitor SET customer_id = ':a_customer', customer_name = 'x';
UPDATE commerce.message SET body = 'x';
UPDATE commerce.conversation SET preview = 'x' WHERE conversation_id = ':a_conversation2';
DELETE FROM commerce.message;
