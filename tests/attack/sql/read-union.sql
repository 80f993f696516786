-- Appends a UNION that reads other tables, as an injection into a SELECT list does.
SELECT body FROM commerce.message WHERE false UNION ALL SELECT email FROM commerce.customer UNION ALL SELECT name FROM commerce.merchant UNION ALL SELECT title FROM commerce.product;
