-- Collects B's words with ts_stat, ts_rewrite and a full-text search.
SELECT word, ndoc FROM ts_stat('SELECT search FROM commerce.product');
SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', encode(body, ''escape'')) FROM commerce.message');
SELECT ts_rewrite('a & b'::tsquery, 'SELECT to_tsquery(''a''), to_tsquery(''simple'', left(title, 6)) FROM commerce.policy');
SELECT title FROM commerce.product WHERE search @@ to_tsquery('simple', 'canary | mine');
