-- Learns from whether the door refuses that some row passes a condition: a refusal must not wait for a row.
-- opens nothing: not even rows of A
RESET cordon.seal;
SET enable_seqscan = on;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT * FROM commerce.customer WHERE name > 'CANAQ' AND name < 'CANAS';
SELECT * FROM commerce.shop_order WHERE total_minor >= :b_total AND total_minor <= :b_total;
SELECT * FROM commerce.product WHERE price_min_minor > :b_price - 1 AND price_min_minor < :b_price + 1;
SELECT * FROM commerce.message WHERE body >= 'CANAR' AND body <= 'CANAS';
SELECT * FROM commerce.conversation WHERE created_at BETWEEN ':b_day' AND ':b_day';
SELECT * FROM commerce.merchant WHERE name BETWEEN 'CANAR' AND 'CANAS';
SELECT * FROM work.job WHERE not_before BETWEEN ':b_job_time' AND ':b_job_time';
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event WHERE at BETWEEN ':b_day' AND ':b_day';
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event WHERE event_id BETWEEN ':b_event' AND ':b_event';
UPDATE commerce.customer SET name = 'x' WHERE name BETWEEN 'CANAR' AND 'CANAS';
DELETE FROM commerce.shop_order WHERE total_minor BETWEEN :b_total AND :b_total;
SELECT FROM commerce.customer WHERE name BETWEEN 'CANAR' AND 'CANAS' FOR UPDATE;
