-- Counts, sums and takes extremes over whole tables, B's numbers among them.
SELECT count(*), min(total_minor), max(total_minor), sum(total_minor) FROM commerce.shop_order;
SELECT max(price_max_minor), avg(price_min_minor) FROM commerce.product;
SELECT tenant_id, count(*) FROM commerce.message GROUP BY tenant_id;
SELECT count(*) FILTER (WHERE email = ':b_email') FROM commerce.customer;
SELECT rank() OVER (ORDER BY total_minor), total_minor FROM commerce.shop_order;
