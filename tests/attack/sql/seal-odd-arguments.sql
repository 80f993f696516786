-- Calls the door's own functions with odd arguments.
-- volatile: set_config gives the seal back
SELECT * FROM door.tenant(NULL);
SELECT * FROM door.tenant('');
SELECT * FROM door.tenant('%');
SELECT tenant_id FROM door.tenant('conversation.read') UNION SELECT tenant_id FROM door.seal;
SELECT door.refuse('conversation.read');
SELECT door.refuse(NULL);
SELECT * FROM door.knock('conversation.read');
SELECT door.enter(NULL);
SELECT * FROM commerce.message;
SELECT door.enter(':b_seal_digest');
