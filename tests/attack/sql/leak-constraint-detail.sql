-- Violates constraints, so that the error's detail shows the other row.
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (':b_tenant', ':b_customer', ':b_external_id', ':b_external_id', 'x');
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (':a_tenant', ':b_customer', ':b_external_id', ':b_external_id', 'x');
INSERT INTO commerce.product (tenant_id, product_id, handle, title, description, vendor, product_type, price_min_minor, price_max_minor, currency, available) VALUES (':a_tenant', ':b_product', ':b_handle-0', '', '', '', '', -1, 0, 'EUR', true);
UPDATE commerce.customer SET tenant_id = ':b_tenant', external_index = ':b_external_id';
