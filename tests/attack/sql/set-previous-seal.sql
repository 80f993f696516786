-- Looks for the seal that the last tenant used on this connection.
SELECT current_setting('cordon.seal', true) <> ':a_seal';
RESET cordon.seal;
SELECT current_setting('cordon.seal', true);
RESET ALL;
SELECT current_setting('cordon.seal', true);
SELECT name, setting, reset_val, boot_val FROM pg_settings WHERE name LIKE 'cordon%';
SHOW ALL;
