-- Shadows functions that the door's questions call.
CREATE FUNCTION public.statement_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '-infinity'::timestamptz $$;
CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$;
CREATE FUNCTION door.tenant(text) RETURNS TABLE (tenant_id uuid, holds boolean) LANGUAGE sql AS $$ SELECT ':b_tenant'::uuid, true $$;
CREATE OR REPLACE FUNCTION door.tenant(permission text) RETURNS TABLE (tenant_id uuid, holds boolean) LANGUAGE sql STABLE AS $$ SELECT ':b_tenant'::uuid, true $$;
SET search_path = pg_temp, public, door, pg_catalog;
SELECT * FROM commerce.merchant;
SELECT * FROM commerce.customer;
SELECT * FROM commerce.visitor;
SELECT * FROM commerce.conversation;
SELECT * FROM commerce.message;
SELECT * FROM commerce.product;
SELECT * FROM commerce.policy;
SELECT * FROM commerce.shop_order;
SELECT * FROM work.job;
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event;
