-- Commerce: a shop's settings, catalogue, customers, visitors, conversations, orders and what these are attributed to.
-- tenant_id leads every key and every foreign key, so that a PostgreSQL sharded by tenant carries the same tables and no
-- constraint ever looks into another tenant.

SET ROLE cordon_owner;

CREATE SCHEMA commerce;
COMMENT ON SCHEMA commerce IS 'A merchant''s data. Every table is guarded.';
GRANT USAGE ON SCHEMA commerce TO cordon_api, cordon_visitor, cordon_worker;

CREATE TABLE commerce.merchant (
  tenant_id uuid PRIMARY KEY,
  shop text NOT NULL,
  name text NOT NULL,
  currency char(3) NOT NULL,
  assistant_name text NOT NULL,
  greeting text NOT NULL,
  attribution_days integer NOT NULL DEFAULT 7 CHECK (attribution_days BETWEEN 1 AND 90),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE commerce.merchant IS 'A shop''s settings, one row a tenant.';
COMMENT ON COLUMN commerce.merchant.attribution_days IS 'An order counts as attributed if the customer chatted at most so many days before it.';
SELECT door.guard('commerce.merchant', 'merchant.read', 'merchant.write', own => 'public');

CREATE TABLE commerce.customer (
  tenant_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  external_id text NOT NULL,
  name text NOT NULL,
  email text,
  phone text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, customer_id),
  UNIQUE (tenant_id, external_id)
);
CREATE INDEX ON commerce.customer (tenant_id, created_at DESC, customer_id DESC);
COMMENT ON TABLE commerce.customer IS 'A shopper whom the shop knows by name.';
SELECT door.guard('commerce.customer', 'customer.read', 'customer.write');

CREATE TABLE commerce.visitor (
  tenant_id uuid NOT NULL,
  visitor_id uuid NOT NULL,
  customer_id uuid,
  customer_name text,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, visitor_id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES commerce.customer ON DELETE SET NULL (customer_id)
);
COMMENT ON TABLE commerce.visitor IS 'A browser that has opened the chat; perhaps known to be a customer.';
SELECT door.guard('commerce.visitor', 'conversation.read', 'conversation.write', own => 'visitor_id', own_write => true);

CREATE TABLE commerce.conversation (
  tenant_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  visitor_id uuid NOT NULL,
  customer_id uuid,
  customer_name text,
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
  handler text NOT NULL DEFAULT 'assistant' CHECK (handler IN ('assistant', 'waiting', 'human')),
  assignee_id uuid,
  last_seq bigint NOT NULL DEFAULT 0,
  visitor_read_seq bigint NOT NULL DEFAULT 0,
  merchant_read_seq bigint NOT NULL DEFAULT 0,
  preview text NOT NULL DEFAULT '',
  last_author text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  last_message_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, conversation_id),
  FOREIGN KEY (tenant_id, visitor_id) REFERENCES commerce.visitor,
  FOREIGN KEY (tenant_id, customer_id) REFERENCES commerce.customer ON DELETE SET NULL (customer_id)
);
CREATE INDEX ON commerce.conversation (tenant_id, last_message_at DESC, conversation_id DESC);
CREATE INDEX ON commerce.conversation (tenant_id, changed_at);
CREATE INDEX ON commerce.conversation (tenant_id, visitor_id, created_at DESC);
CREATE INDEX ON commerce.conversation (tenant_id, customer_id, last_message_at DESC, conversation_id DESC);
COMMENT ON TABLE commerce.conversation IS 'One shopper''s chat with one shop. A visitor has at most one that is open.';
COMMENT ON COLUMN commerce.conversation.customer_name IS 'The customer''s name when it was linked: who answers sees it without the right to see profiles.';
COMMENT ON COLUMN commerce.conversation.handler IS 'assistant answers; waiting: it handed over and nobody took it yet; human: assignee_id answers.';
COMMENT ON COLUMN commerce.conversation.last_seq IS 'Number of the newest message; numbers have no gaps.';
CREATE UNIQUE INDEX ON commerce.conversation (tenant_id, visitor_id) WHERE status = 'open';
SELECT door.guard('commerce.conversation', 'conversation.read', 'conversation.write', own => 'visitor_id', own_write => true);

CREATE TABLE commerce.message (
  tenant_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  seq bigint NOT NULL,
  message_id uuid NOT NULL,
  visitor_id uuid NOT NULL,
  author text NOT NULL CHECK (author IN ('visitor', 'assistant', 'agent', 'system')),
  author_id uuid,
  client_id uuid,
  body text NOT NULL,
  sources jsonb,
  sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, conversation_id, seq),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES commerce.conversation ON DELETE CASCADE
);
CREATE UNIQUE INDEX ON commerce.message (tenant_id, conversation_id, client_id) WHERE client_id IS NOT NULL;
COMMENT ON TABLE commerce.message IS 'What was said, in order.';
COMMENT ON COLUMN commerce.message.visitor_id IS 'The conversation''s visitor, repeated here so that the visitor''s policy needs no join.';
COMMENT ON COLUMN commerce.message.client_id IS 'Chosen by the sender; the same one again is the same message, not another.';
COMMENT ON COLUMN commerce.message.sources IS 'What an answer was drawn from: [{kind, id, title}].';
SELECT door.guard('commerce.message', 'conversation.read', 'conversation.write', own => 'visitor_id', own_write => true);

-- What a shopper's own login may do is less than its policies would let through: it writes as the visitor and nobody else, links
-- itself to no customer, and changes of a conversation only what a message changes.
REVOKE UPDATE ON commerce.visitor, commerce.conversation, commerce.message FROM cordon_visitor;
GRANT UPDATE (last_seen_at) ON commerce.visitor TO cordon_visitor;
GRANT UPDATE (status, last_seq, visitor_read_seq, preview, last_author, last_message_at, changed_at) ON commerce.conversation
  TO cordon_visitor;
CREATE POLICY own_words ON commerce.message AS RESTRICTIVE FOR INSERT TO cordon_visitor
  WITH CHECK (author = 'visitor' AND author_id IS NULL AND sources IS NULL AND EXISTS
    (SELECT FROM commerce.conversation c WHERE c.tenant_id = message.tenant_id AND c.conversation_id = message.conversation_id
        AND c.visitor_id = message.visitor_id));
CREATE POLICY own_name ON commerce.conversation AS RESTRICTIVE FOR INSERT TO cordon_visitor
  WITH CHECK (assignee_id IS NULL AND EXISTS
    (SELECT FROM commerce.visitor v WHERE v.tenant_id = conversation.tenant_id AND v.visitor_id = conversation.visitor_id
        AND v.customer_id IS NOT DISTINCT FROM conversation.customer_id AND v.customer_name IS NOT DISTINCT FROM conversation.customer_name));
CREATE POLICY no_name ON commerce.visitor AS RESTRICTIVE FOR INSERT TO cordon_visitor WITH CHECK (customer_id IS NULL AND customer_name IS NULL);

CREATE TABLE commerce.product (
  tenant_id uuid NOT NULL,
  product_id uuid NOT NULL,
  handle text NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  vendor text NOT NULL,
  product_type text NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  options text NOT NULL DEFAULT '',
  image_url text,
  price_min_minor bigint NOT NULL CHECK (price_min_minor >= 0),
  price_max_minor bigint NOT NULL CHECK (price_max_minor >= price_min_minor),
  currency char(3) NOT NULL,
  available boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english'::regconfig, title), 'A')
    || setweight(to_tsvector('english'::regconfig, product_type || ' ' || vendor || ' ' || options), 'B')
    || setweight(to_tsvector('english'::regconfig, description), 'C')) STORED,
  PRIMARY KEY (tenant_id, product_id),
  UNIQUE (tenant_id, handle)
);
COMMENT ON TABLE commerce.product IS 'The public catalogue. Prices in minor units of the currency, over all variants.';
COMMENT ON COLUMN commerce.product.options IS 'Variants'' options for people and for search: "Size: S, M, L; Colour: Blue".';
SELECT door.guard('commerce.product', 'catalogue.read', 'catalogue.write', own => 'public');

CREATE TABLE commerce.policy (
  tenant_id uuid NOT NULL,
  policy_id uuid NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english'::regconfig, title), 'A') || setweight(to_tsvector('english'::regconfig, kind), 'B')
    || setweight(to_tsvector('english'::regconfig, body), 'C')) STORED,
  PRIMARY KEY (tenant_id, policy_id),
  UNIQUE (tenant_id, title)
);
COMMENT ON TABLE commerce.policy IS 'What the shop promises: shipping, returns, warranty, and answers to common questions.';
SELECT door.guard('commerce.policy', 'catalogue.read', 'catalogue.write', own => 'public');

CREATE TABLE commerce.shop_order (
  tenant_id uuid NOT NULL,
  order_id uuid NOT NULL,
  external_id text NOT NULL,
  customer_id uuid,
  total_minor bigint NOT NULL CHECK (total_minor >= 0),
  currency char(3) NOT NULL,
  placed_at timestamptz NOT NULL,
  conversation_id uuid,
  touched_at timestamptz,
  PRIMARY KEY (tenant_id, order_id),
  UNIQUE (tenant_id, external_id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES commerce.customer ON DELETE SET NULL (customer_id),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES commerce.conversation ON DELETE SET NULL (conversation_id)
);
CREATE INDEX ON commerce.shop_order (tenant_id, placed_at DESC, order_id DESC);
CREATE INDEX ON commerce.shop_order (tenant_id, customer_id, placed_at DESC);
COMMENT ON TABLE commerce.shop_order IS 'An order and, if it is attributed, the conversation of the last touch before it.';
COMMENT ON COLUMN commerce.shop_order.touched_at IS 'When the customer last wrote in conversation_id before the order; null if not attributed.';
SELECT door.guard('commerce.shop_order', 'order.read', 'order.write');

RESET ROLE;
