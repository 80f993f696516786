-- One tenant's rows in every guarded table, run by the superuser. :mark stands in every text; it is CANARY for the tenant that
-- must not be seen, and :mark2 marks what belongs to another visitor of the same shop. :bulk rows give the tables some size.
INSERT INTO commerce.merchant (tenant_id, shop, name, currency, assistant_name, greeting, created_at)
VALUES (':tenant', ':mark-shop', ':mark-merchant', 'EUR', ':mark-assistant', ':mark-greeting', ':day');
-- Closed fields hold their canaries in the clear here: row security has to keep what is closed, too.
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name, email, email_index, phone, created_at)
VALUES (':tenant', ':customer', ':external_id', ':external_id', ':mark2-customer', ':email', ':email', ':mark2-phone', ':day');
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name, email, created_at)
SELECT ':tenant', md5('customer' || ':tenant' || i)::uuid, textsend(':mark2-customer-' || i), textsend(':mark2-customer-' || i),
       textsend(':mark2-name-' || i), textsend(':mark2-' || i || '@example.test'), ':day'::timestamptz + i * interval '1 minute' FROM generate_series(1, :bulk) i;
INSERT INTO commerce.visitor (tenant_id, visitor_id, customer_id, customer_name, first_seen_at, last_seen_at)
VALUES (':tenant', ':visitor', NULL, NULL, ':day', ':day'), (':tenant', ':visitor2', ':customer', ':mark2-visitor', ':day', ':day');
INSERT INTO commerce.conversation (tenant_id, conversation_id, visitor_id, customer_id, last_seq, preview, last_author,
                                   created_at, last_message_at, changed_at)
VALUES (':tenant', ':conversation', ':visitor', NULL, :bulk, ':mark-preview', 'visitor', ':day', ':day', ':day'),
       (':tenant', ':conversation2', ':visitor2', ':customer', :bulk, ':mark2-preview', 'visitor', ':day', ':day', ':day');
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, author_id, client_id, body, sources, sent_at)
SELECT ':tenant', ':conversation', i, md5('message' || ':tenant' || i)::uuid, ':visitor', CASE i % 2 WHEN 0 THEN 'assistant' ELSE 'visitor' END, NULL,
       md5('client' || ':tenant' || i)::uuid, textsend(':mark-body-' || i),
       jsonb_build_array(jsonb_build_object('kind', 'product', 'id', ':product', 'title', ':mark-source')),
       ':day'::timestamptz + i * interval '1 minute' FROM generate_series(1, :bulk) i;
INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, client_id, body, sent_at)
SELECT ':tenant', ':conversation2', i, md5('message2' || ':tenant' || i)::uuid, ':visitor2', 'visitor', md5('client2' || ':tenant' || i)::uuid,
       textsend(':mark2-body-' || i), ':day'::timestamptz + i * interval '1 minute' FROM generate_series(1, :bulk) i;
INSERT INTO commerce.product (tenant_id, product_id, handle, title, description, vendor, product_type, tags, options, image_url,
                              price_min_minor, price_max_minor, currency, available, created_at)
SELECT ':tenant', CASE i WHEN 0 THEN ':product'::uuid ELSE md5('product' || ':tenant' || i)::uuid END, ':handle-' || i, ':mark-title-' || i,
       ':mark-description', ':mark-vendor', ':mark-type', ARRAY[':mark-tag'], ':mark-options', 'https://:mark.test/image', :price, :price, 'EUR', true, ':day'
  FROM generate_series(0, :bulk) i;
INSERT INTO commerce.policy (tenant_id, policy_id, kind, title, body)
VALUES (':tenant', ':policy', ':mark-kind', ':policy_title', ':mark-policy');
INSERT INTO commerce.shop_order (tenant_id, order_id, external_id, customer_id, total_minor, currency, placed_at, conversation_id, touched_at)
SELECT ':tenant', CASE i WHEN 0 THEN ':order'::uuid ELSE md5('order' || ':tenant' || i)::uuid END, ':order_number-' || i, ':customer', :total, 'EUR',
       ':day'::timestamptz + i * interval '1 hour', ':conversation2', ':day' FROM generate_series(0, :orders) i;
INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq, queued_at, not_before)
VALUES (':tenant', ':job', ':visitor', 'assistant', ':conversation', 1, ':day', ':job_time'),
       (':tenant', ':job2', ':visitor2', 'assistant', ':conversation2', 1, ':day', ':job_time');
INSERT INTO shopify.install (tenant_id, domain, scopes, access_token, access_expires_at, refresh_token, refresh_expires_at, installed_at, changed_at)
VALUES (':tenant', ':mark-domain', ARRAY[':mark-scope'], ':mark-access', ':day', ':mark-refresh', ':day', ':day', ':day');
INSERT INTO audit.event (event_id, at, tenant_id, subject_id, session_id, role, action, resource, method, status, request_id, address, agent, detail)
VALUES (':event', ':day', ':tenant', ':subject', ':session', 'owner', ':mark-action', ':mark-resource', 'GET', 200, ':request', ':mark-address',
        ':mark-agent', ':mark-detail');
INSERT INTO identity.api_token (tenant_id, token_id, digest, session_id, name, scopes, created_by, created_at, expires_at)
VALUES (':tenant', ':api_token', sha256(':api_token'), ':session', ':mark-token', '{order.read}', ':subject', ':job_time', ':job_time');
INSERT INTO identity.support_grant (tenant_id, grant_id, session_id, opened_by, reason, ticket, minutes, opened_at, needs_consent, expires_at)
VALUES (':tenant', ':grant', ':session', ':subject', ':mark-reason-of-the-grant', ':mark-ticket', 60, ':job_time', true, ':job_time');
