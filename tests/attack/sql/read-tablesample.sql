-- Samples whole tables, below row security if TABLESAMPLE were below it.
SELECT * FROM commerce.message TABLESAMPLE SYSTEM (100);
SELECT * FROM commerce.customer TABLESAMPLE BERNOULLI (100) REPEATABLE (1);
SELECT * FROM commerce.shop_order TABLESAMPLE SYSTEM (100);
