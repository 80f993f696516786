-- Uses operators that are not leakproof: LIKE, ~, @@, ranges, arrays, JSON.
SELECT body FROM commerce.message WHERE body LIKE 'CAN%';
SELECT body FROM commerce.policy WHERE body ~ 'C.NARY';
SELECT body FROM commerce.policy WHERE body SIMILAR TO '%';
SELECT body FROM commerce.policy WHERE body LIKE 'CAN%';
SELECT name FROM commerce.customer WHERE name >= 'C' AND name < 'D';
SELECT title FROM commerce.product WHERE tags && ARRAY['x'] AND search @@ 'canari';
SELECT sources FROM commerce.message WHERE sources @> '[]';
SELECT email FROM commerce.customer WHERE email_index IN (':b_email') OR email = ANY (ARRAY[':b_email'::bytea]) OR lower(convert_from(email, 'UTF8')) = ':b_email';
