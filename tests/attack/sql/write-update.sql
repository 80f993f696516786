-- Updates everything, and B's rows by their ids.
UPDATE commerce.merchant SET name = 'taken over';
UPDATE commerce.merchant SET name = 'taken over' WHERE tenant_id = ':b_tenant';
UPDATE commerce.conversation SET preview = 'taken over' WHERE conversation_id = ':b_conversation';
UPDATE commerce.conversation SET status = 'closed';
UPDATE commerce.message SET body = 'taken over';
UPDATE commerce.customer SET email = 'x@example.test' WHERE customer_id = ':b_customer' RETURNING *;
UPDATE commerce.product SET price_min_minor = 0;
UPDATE work.job SET attempts = 100;
