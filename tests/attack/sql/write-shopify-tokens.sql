-- Changes B's install, puts one of B's tokens into A's, and takes A's own tokens as one of its people.
UPDATE shopify.install SET access_token = 'mine' WHERE tenant_id = ':b_tenant';
UPDATE shopify.install SET refreshing_until = 'infinity';
INSERT INTO shopify.install (tenant_id, domain, scopes, access_token, access_expires_at, refresh_token, refresh_expires_at)
VALUES (':b_tenant', 'a.myshopify.com', '{}', 'mine', now(), 'mine', now())
ON CONFLICT (tenant_id) DO UPDATE SET access_token = shopify.install.refresh_token RETURNING access_token;
UPDATE shopify.install a SET access_token = b.access_token FROM shopify.install b WHERE b.tenant_id = ':b_tenant' RETURNING a.access_token;
DELETE FROM shopify.install WHERE tenant_id = ':b_tenant';
SELECT access_token, refresh_token FROM shopify.install WHERE domain LIKE '%';
