-- Takes a table's ownership, drops policies, switches row security off.
ALTER TABLE commerce.message OWNER TO CURRENT_USER;
ALTER TABLE commerce.message DISABLE ROW LEVEL SECURITY;
ALTER TABLE commerce.message NO FORCE ROW LEVEL SECURITY;
DROP POLICY read ON commerce.message;
CREATE POLICY everything ON commerce.message USING (true);
ALTER POLICY read ON commerce.message USING (true);
ALTER TABLE commerce.message DISABLE TRIGGER ALL;
ALTER TABLE commerce.message ADD COLUMN x text DEFAULT 'x';
SELECT * FROM commerce.merchant;
SELECT * FROM commerce.customer;
SELECT * FROM commerce.visitor;
SELECT * FROM commerce.conversation;
SELECT * FROM commerce.message;
SELECT * FROM commerce.product;
SELECT * FROM commerce.policy;
SELECT * FROM commerce.shop_order;
SELECT * FROM work.job;
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event;
