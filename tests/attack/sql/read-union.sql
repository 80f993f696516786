-- Appends a UNION that reads other tables, as an injection into a SELECT list does.
SELECT encode(body, 'escape') FROM commerce.message WHERE false UNION ALL SELECT encode(email, 'escape') FROM commerce.customer UNION ALL SELECT name FROM commerce.merchant UNION ALL SELECT title FROM commerce.product;
