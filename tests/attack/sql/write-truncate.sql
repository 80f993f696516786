-- Empties tables with TRUNCATE, which asks no policy.
TRUNCATE commerce.message;
TRUNCATE commerce.conversation CASCADE;
TRUNCATE commerce.customer, commerce.merchant RESTART IDENTITY;
TRUNCATE audit.event;
TRUNCATE door.seal;
DROP TABLE commerce.message;
DROP SCHEMA commerce CASCADE;
