-- Leaves transform_null_equals on and a tiny statement timeout.
SET transform_null_equals = on;
SET statement_timeout = 1;
