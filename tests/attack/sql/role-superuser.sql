-- Becomes a superuser, a predefined role, or another login.
SET ROLE postgres;
SET ROLE cordon_admin;
SET ROLE pg_read_all_data;
SET ROLE pg_write_all_data;
SET ROLE pg_execute_server_program;
SET ROLE pg_monitor;
SET ROLE cordon_identity;
SET SESSION AUTHORIZATION cordon_identity;
SELECT * FROM commerce.customer;
