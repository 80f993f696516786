-- Reads through jsonpath filters over whole tables.
SELECT jsonb_path_query(to_jsonb(m), '$.* ? (@ like_regex "CAN")') FROM commerce.message m;
SELECT jsonb_path_query_array((SELECT jsonb_agg(to_jsonb(c)) FROM commerce.customer c), '$[*].name');
