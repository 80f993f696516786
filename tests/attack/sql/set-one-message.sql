-- Sends SET and a read as one message, as a stacked injection would.
SELECT 1; SET cordon.seal = ':b_seal_digest'; SELECT * FROM commerce.message; SELECT * FROM commerce.customer;
SELECT 1; SELECT set_config('app.tenant', ':b_tenant', false); SELECT * FROM commerce.message;
