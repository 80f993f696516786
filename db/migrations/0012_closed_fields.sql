-- Fields that are closed: what is personal or secret is encrypted before PostgreSQL sees it (src/keys). A database in which such
-- fields already stand in the clear is not taken over: whoever wants its contents brings them in anew.

SET ROLE cordon_owner;

DO $$
DECLARE
  held text;
BEGIN
  FOREACH held IN ARRAY ARRAY['commerce.customer', 'commerce.visitor', 'commerce.message', 'shopify.install', 'shopify.person',
                              'identity.member', 'identity.staff'] LOOP
    -- Row security is forced on its owner too.
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', held);
    EXECUTE format('DO $d$ BEGIN IF EXISTS (SELECT FROM %s) THEN RAISE EXCEPTION %L; END IF; END $d$', held,
                   held || ' holds personal data in the clear, of before encryption: start with a new database (or data folder) and import into that');
  END LOOP;
END
$$;
ALTER TABLE commerce.customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE commerce.visitor ENABLE ROW LEVEL SECURITY;
ALTER TABLE commerce.message ENABLE ROW LEVEL SECURITY;
ALTER TABLE shopify.install ENABLE ROW LEVEL SECURITY;

-- Commerce ------------------------------------------------------------------------------------------------------------------

ALTER TABLE commerce.customer DROP CONSTRAINT customer_tenant_id_external_id_key;
ALTER TABLE commerce.customer
  ALTER COLUMN external_id TYPE bytea USING ''::bytea,
  ALTER COLUMN name TYPE bytea USING ''::bytea,
  ALTER COLUMN email TYPE bytea USING NULL,
  ALTER COLUMN phone TYPE bytea USING NULL,
  ADD COLUMN external_index bytea NOT NULL,
  ADD COLUMN email_index bytea,
  ADD COLUMN phone_index bytea,
  ALTER COLUMN external_index SET STATISTICS 0,
  ALTER COLUMN email_index SET STATISTICS 0,
  ALTER COLUMN phone_index SET STATISTICS 0,
  ADD UNIQUE (tenant_id, external_index);
CREATE INDEX ON commerce.customer (tenant_id, email_index);
CREATE INDEX ON commerce.customer (tenant_id, phone_index);
COMMENT ON COLUMN commerce.customer.external_index IS 'Blind index (src/keys/data_key.h) of external_id, which is Shopify''s number of the customer.';
COMMENT ON COLUMN commerce.customer.email_index IS 'Blind index of the address in lower case.';
COMMENT ON COLUMN commerce.customer.phone_index IS 'Blind index of the number''s digits.';

DROP POLICY own_name ON commerce.conversation;
DROP POLICY no_name ON commerce.visitor;
ALTER TABLE commerce.visitor ALTER COLUMN customer_name TYPE bytea USING NULL;
COMMENT ON COLUMN commerce.visitor.customer_name IS 'The customer''s name when it was linked, under the visitor''s key: who answers sees it without the right to see profiles.';
CREATE POLICY no_name ON commerce.visitor AS RESTRICTIVE FOR INSERT TO cordon_visitor WITH CHECK (customer_id IS NULL AND customer_name IS NULL);

ALTER TABLE commerce.conversation DROP COLUMN customer_name;
ALTER TABLE commerce.conversation ALTER COLUMN preview DROP DEFAULT;
ALTER TABLE commerce.conversation ALTER COLUMN preview TYPE bytea USING ''::bytea;
ALTER TABLE commerce.conversation ALTER COLUMN preview SET DEFAULT '';
CREATE POLICY own_name ON commerce.conversation AS RESTRICTIVE FOR INSERT TO cordon_visitor
  WITH CHECK (assignee_id IS NULL AND EXISTS
    (SELECT FROM commerce.visitor v WHERE v.tenant_id = conversation.tenant_id AND v.visitor_id = conversation.visitor_id
        AND v.customer_id IS NOT DISTINCT FROM conversation.customer_id));

ALTER TABLE commerce.message ALTER COLUMN body TYPE bytea USING ''::bytea;

-- Shopify -------------------------------------------------------------------------------------------------------------------

ALTER TABLE shopify.install
  ALTER COLUMN access_token TYPE bytea USING ''::bytea,
  ALTER COLUMN refresh_token TYPE bytea USING ''::bytea,
  ALTER COLUMN previous_refresh_token TYPE bytea USING NULL;
COMMENT ON COLUMN shopify.install.access_token IS 'Under the shop''s own data key; so are the refresh tokens.';

COMMENT ON COLUMN shopify.proxy_ticket.customer IS 'Shopify''s number of the customer who is signed in to the shop, under the shop''s own key; null for anybody else.';
ALTER TABLE shopify.proxy_ticket ALTER COLUMN customer TYPE bytea USING NULL;
ALTER TABLE shopify.person DROP CONSTRAINT person_pkey;
ALTER TABLE shopify.person DROP COLUMN user_id;
ALTER TABLE shopify.person ADD COLUMN user_index bytea NOT NULL, ADD PRIMARY KEY (tenant_id, user_index);
COMMENT ON COLUMN shopify.person.user_index IS 'Blind index of Shopify''s number of the person.';

-- People --------------------------------------------------------------------------------------------------------------------

ALTER TABLE identity.member
  ALTER COLUMN name TYPE bytea USING ''::bytea,
  ALTER COLUMN email TYPE bytea USING NULL;
COMMENT ON COLUMN identity.member.name IS 'Under the shop''s own data key; so is the e-mail address.';
ALTER TABLE identity.session
  ALTER COLUMN agent TYPE bytea USING ''::bytea,
  ALTER COLUMN address TYPE bytea USING ''::bytea;
COMMENT ON COLUMN identity.session.address IS 'Under the shop''s own data key, or the platform''s; so is the agent.';
ALTER TABLE identity.staff DROP CONSTRAINT staff_email_check, DROP CONSTRAINT staff_email_key;
ALTER TABLE identity.staff ALTER COLUMN email TYPE bytea USING ''::bytea, ADD COLUMN email_index bytea NOT NULL UNIQUE;
COMMENT ON COLUMN identity.staff.email IS 'Under the platform''s own data key.';
COMMENT ON COLUMN identity.staff.email_index IS 'Blind index of the address in lower case.';
COMMENT ON COLUMN identity.staff_totp.sealed IS 'The shared secret, under the platform''s own data key.';
COMMENT ON COLUMN identity.staff_secret.sealed IS 'The secret of an authenticator app that has not shown a code yet, under the platform''s own data key.';

RESET ROLE;
