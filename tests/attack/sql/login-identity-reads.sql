-- The identity login reads tenants' rows, seals and the door's tables directly.
-- as: identity
SELECT * FROM commerce.merchant;
SELECT * FROM commerce.customer;
SELECT * FROM commerce.visitor;
SELECT * FROM commerce.conversation;
SELECT * FROM commerce.message;
SELECT * FROM commerce.product;
SELECT * FROM commerce.policy;
SELECT * FROM commerce.shop_order;
SELECT * FROM shopify.install;
SELECT * FROM work.job;
SELECT * FROM door.seal;
SELECT * FROM door.session;
SELECT * FROM door.tenant_state;
SELECT encode(digest, 'hex') FROM door.seal;
SELECT * FROM door.tenant('conversation.read');
SELECT door.enter(':b_seal_digest');
SELECT * FROM work.job;
