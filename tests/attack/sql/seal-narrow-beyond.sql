-- Shows the seal of an API token that may read orders, and reads and changes everything else.
-- as: api
-- opens nothing: not even rows of A
SET cordon.seal = ':a_seal_narrow';
SELECT * FROM commerce.merchant;
SELECT * FROM commerce.customer;
SELECT * FROM commerce.conversation;
SELECT * FROM commerce.message;
SELECT * FROM commerce.product;
SELECT * FROM work.job;
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event;
UPDATE commerce.merchant SET greeting = 'x';
UPDATE commerce.shop_order SET total_minor = 1;
DELETE FROM commerce.shop_order;
