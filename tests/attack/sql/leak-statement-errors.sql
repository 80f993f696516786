-- Makes parse and type errors inside conditions on B's rows.
SELECT body FROM commerce.message WHERE nosuch = 1;
SELECT nosuch(body) FROM commerce.message;
SELECT (SELECT body FROM commerce.message) FROM commerce.message;
SELECT body FROM commerce.message GROUP BY seq;
SELECT repeat(encode(body, 'escape'), 2000000000) FROM commerce.message;
SELECT array_agg(body) OVER (ROWS -1 PRECEDING) FROM commerce.message;
