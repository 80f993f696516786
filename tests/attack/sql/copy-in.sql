-- Copies rows of B in, below the policies if COPY FROM were below them.
COPY commerce.policy (tenant_id, policy_id, kind, title, body) FROM STDIN;
:b_tenant	00000000-0000-7000-8000-000000000001	x	x	x
\.
COPY commerce.customer (tenant_id, customer_id, external_id, name) FROM STDIN;
:b_tenant	00000000-0000-7000-8000-000000000001	x	x
\.
COPY audit.event (event_id, tenant_id, action, status, request_id) FROM STDIN;
00000000-0000-7000-8000-000000000001	:b_tenant	x	200	00000000-0000-7000-8000-000000000001
\.
SELECT 1;
