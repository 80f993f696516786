-- Makes a cast fail on B's text, so that the error quotes it.
-- volatile: an error quotes whichever of A's own rows comes first
SELECT * FROM commerce.message WHERE body::integer = 1;
SELECT * FROM commerce.customer WHERE name::numeric > 0;
SELECT * FROM commerce.policy WHERE CAST(body AS date) > now();
SELECT * FROM commerce.product WHERE (title::xml) IS NOT NULL;
SELECT * FROM commerce.message WHERE body::inet IS NOT NULL;
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event WHERE detail::jsonb IS NOT NULL;
SELECT * FROM commerce.customer WHERE email::uuid IS NOT NULL;
