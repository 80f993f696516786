-- Loads libraries, extensions and languages.
LOAD 'auto_explain';
LOAD '$libdir/plugins/x';
CREATE EXTENSION dblink;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION pageinspect;
CREATE EXTENSION pg_visibility SCHEMA public;
CREATE LANGUAGE plperlu;
CREATE FUNCTION public.f() RETURNS int LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6', 'system';
CREATE ACCESS METHOD x TYPE TABLE HANDLER heap_tableam_handler;
