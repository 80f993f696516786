-- Compares the planner's row estimates for B's values and for others.
EXPLAIN SELECT * FROM commerce.shop_order WHERE total_minor = :b_total;
EXPLAIN SELECT * FROM commerce.product WHERE price_min_minor = :b_price;
EXPLAIN SELECT * FROM commerce.product WHERE price_min_minor < :b_price;
EXPLAIN SELECT * FROM commerce.customer WHERE email = ':b_email';
EXPLAIN SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
EXPLAIN SELECT * FROM commerce.message WHERE conversation_id = ':b_conversation';
EXPLAIN SELECT * FROM commerce.shop_order WHERE placed_at < ':b_day'::timestamptz + interval '1 hour';
EXPLAIN SELECT * FROM commerce.conversation WHERE created_at = ':b_day';
EXPLAIN SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event WHERE at = ':b_day' OR resource = 'x';
EXPLAIN SELECT * FROM work.job WHERE not_before = ':b_job_time';
EXPLAIN SELECT * FROM door.seal WHERE tenant_id = ':b_tenant';
