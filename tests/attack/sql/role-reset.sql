-- Goes back to a stronger role with RESET ROLE, SET ROLE NONE and SET SESSION AUTHORIZATION DEFAULT.
RESET ROLE;
SET ROLE NONE;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION DEFAULT;
SELECT current_user = session_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user;
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
