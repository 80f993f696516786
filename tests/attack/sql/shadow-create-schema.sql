-- Creates a schema, a table, a sequence, a function, a view in places that a later session may look.
CREATE SCHEMA sneaky;
CREATE SCHEMA AUTHORIZATION CURRENT_USER;
CREATE TABLE public.x AS SELECT 1;
CREATE TABLE commerce.x (a int);
CREATE SEQUENCE public.s;
CREATE VIEW public.v AS SELECT 1;
CREATE AGGREGATE public.a (int) (SFUNC = int4pl, STYPE = int);
CREATE RULE r AS ON SELECT TO commerce.message DO INSTEAD SELECT 1;
CREATE TRIGGER t AFTER INSERT ON commerce.message EXECUTE FUNCTION suppress_redundant_updates_trigger();
