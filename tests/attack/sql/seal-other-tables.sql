-- Reads the door's other tables: sessions, tenants, stops, roles.
SELECT * FROM door.session;
SELECT * FROM door.tenant_state;
SELECT * FROM door.stop;
SELECT * FROM door.role_permission;
SELECT * FROM identity.member;
SELECT * FROM identity.refresh;
SELECT * FROM identity.session;
SELECT * FROM identity.one_use;
SELECT * FROM identity.shop;
SELECT * FROM shopify.shop;
SELECT * FROM shopify.person;
SELECT * FROM shopify.proxy_ticket;
SELECT * FROM shopify.session_token;
