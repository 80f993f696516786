-- Reads through tableoid, whole-row references and JSON.
SELECT tableoid::regclass, to_jsonb(m) FROM commerce.message m;
SELECT row_to_json(c) FROM commerce.customer c;
SELECT json_agg(o) FROM commerce.shop_order o;
SELECT hstore(m) FROM commerce.message m;
