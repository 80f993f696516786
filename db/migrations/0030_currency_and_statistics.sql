-- A shop's orders are in the shop's currency: revenue and what a customer has spent are sums of them. Of another currency an order
-- cannot be recorded, by whomever. Orders of before are not looked at, so that one in another currency holds nothing up.

SET ROLE cordon_owner;

ALTER TABLE commerce.merchant ADD UNIQUE (tenant_id, currency);
ALTER TABLE commerce.shop_order ADD CONSTRAINT shops_currency
  FOREIGN KEY (tenant_id, currency) REFERENCES commerce.merchant (tenant_id, currency) NOT VALID;
COMMENT ON CONSTRAINT shops_currency ON commerce.shop_order IS 'Amounts of one currency only are added up.';
COMMENT ON COLUMN commerce.merchant.currency IS 'ISO 4217. That of every order, whatever the shopper paid in.';

-- An expression in an index has statistics of its own, which door.guard() does not think of: when others' jobs are due.
SELECT audit.no_statistics('work.job');

RESET ROLE;
