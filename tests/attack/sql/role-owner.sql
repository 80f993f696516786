-- Becomes the owner of every table.
SET ROLE cordon_owner;
SET LOCAL ROLE cordon_owner;
SET SESSION AUTHORIZATION cordon_owner;
SELECT set_config('role', 'cordon_owner', false);
SELECT set_config('session_authorization', 'cordon_owner', false);
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
