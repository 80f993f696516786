-- Inserts B's external ids, handles and titles and learns from duplicates.
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (':a_tenant', gen_random_uuid(), ':b_external_id', ':b_external_id', 'x');
INSERT INTO commerce.product (tenant_id, product_id, handle, title, description, vendor, product_type, price_min_minor, price_max_minor, currency, available) VALUES (':a_tenant', gen_random_uuid(), ':b_handle-1', '', '', '', '', 1, 1, 'EUR', true);
INSERT INTO commerce.policy (tenant_id, policy_id, kind, title, body) VALUES (':a_tenant', gen_random_uuid(), '', ':b_policy_title', '');
INSERT INTO commerce.shop_order (tenant_id, order_id, external_id, total_minor, currency, placed_at) VALUES (':a_tenant', gen_random_uuid(), ':b_order_number-1', 1, 'EUR', now());
