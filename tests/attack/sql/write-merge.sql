-- Merges into B's rows.
MERGE INTO commerce.customer c USING (VALUES (':b_tenant'::uuid, ':b_customer'::uuid)) v (t, i) ON c.tenant_id = v.t AND c.customer_id = v.i WHEN MATCHED THEN UPDATE SET name = 'taken over' WHEN NOT MATCHED THEN DO NOTHING;
MERGE INTO commerce.merchant m USING (SELECT ':b_tenant'::uuid AS t) v ON m.tenant_id = v.t WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (tenant_id, shop, name, currency, assistant_name, greeting) VALUES (v.t, 'x', 'x', 'EUR', 'x', 'x');
