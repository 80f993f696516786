-- Uses ON CONFLICT to read or change the row that is in the way.
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (':b_tenant', ':b_customer', 'x', 'x', 'x') ON CONFLICT (tenant_id, customer_id) DO UPDATE SET name = customer.name RETURNING *;
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (':b_tenant', ':b_customer', 'x', 'x', 'x') ON CONFLICT DO NOTHING RETURNING *;
INSERT INTO commerce.merchant (tenant_id, shop, name, currency, assistant_name, greeting) VALUES (':b_tenant', 'x', 'x', 'EUR', 'x', 'x') ON CONFLICT (tenant_id) DO UPDATE SET name = 'taken over' RETURNING *;
INSERT INTO commerce.visitor (tenant_id, visitor_id) VALUES (':b_tenant', ':b_visitor') ON CONFLICT (tenant_id, visitor_id) DO UPDATE SET last_seen_at = now() RETURNING *;
INSERT INTO commerce.visitor (tenant_id, visitor_id) VALUES (':a_tenant', ':a_visitor2') ON CONFLICT (tenant_id, visitor_id) DO UPDATE SET last_seen_at = visitor.last_seen_at RETURNING visitor_id;
