-- Alters its own role into a superuser, BYPASSRLS, CREATEROLE.
ALTER ROLE CURRENT_USER SUPERUSER;
ALTER ROLE CURRENT_USER BYPASSRLS;
ALTER ROLE CURRENT_USER CREATEROLE CREATEDB;
ALTER ROLE CURRENT_USER REPLICATION;
ALTER ROLE CURRENT_USER INHERIT;
ALTER ROLE CURRENT_USER CONNECTION LIMIT 1;
ALTER ROLE CURRENT_USER VALID UNTIL 'yesterday';
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
