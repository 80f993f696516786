-- Divides by zero in WHERE where a row of B would match.
SELECT * FROM commerce.customer WHERE 1 / (CASE WHEN email = ':b_email' THEN 0 ELSE 1 END) = 1;
SELECT * FROM commerce.shop_order WHERE 1 / (total_minor - :b_total) IS NOT NULL;
SELECT * FROM commerce.message WHERE 1 / (CASE WHEN tenant_id = ':b_tenant' THEN 0 ELSE 1 END) = 1;
SELECT 1 / (SELECT count(*) FROM commerce.customer WHERE email = ':b_email');
