-- Uses a visitor's seal for what only a merchant's login may.
-- as: visitor
SET ROLE cordon_api;
SELECT * FROM commerce.customer;
SELECT * FROM commerce.shop_order;
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event;
UPDATE commerce.conversation SET assignee_id = visitor_id;
