-- Walks the heap by physical address.
-- volatile: where A's own rows stand changes with every restore
SELECT * FROM commerce.message WHERE ctid = ANY (SELECT format('(%s,%s)', p, i)::tid FROM generate_series(0, 99) p, generate_series(1, 60) i);
SELECT * FROM commerce.customer WHERE ctid > '(0,0)' AND ctid < '(999,0)';
SELECT * FROM commerce.merchant WHERE ctid = '(0,2)';
