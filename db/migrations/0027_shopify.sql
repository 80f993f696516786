-- A session token of App Bridge is good once. Shopify signs it for a minute, and whoever reads it meanwhile on its way, or in a log,
-- comes too late.

SET ROLE cordon_owner;

CREATE TABLE shopify.session_token (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  expires_at timestamptz NOT NULL
);
CREATE INDEX ON shopify.session_token (expires_at);
COMMENT ON TABLE shopify.session_token IS 'Session tokens that were shown, by SHA-256 of their shop and id: each opens or renews one session.';
COMMENT ON COLUMN shopify.session_token.expires_at IS 'When the token is too old to be taken anyway.';

GRANT SELECT, INSERT, UPDATE, DELETE ON shopify.session_token TO cordon_identity;

RESET ROLE;
