-- Uses operators that are not leakproof: LIKE, ~, @@, ranges, arrays, JSON.
SELECT body FROM commerce.message WHERE body LIKE 'CAN%';
SELECT body FROM commerce.message WHERE body ~ 'C.NARY';
SELECT body FROM commerce.message WHERE body SIMILAR TO '%';
SELECT name FROM commerce.customer WHERE name >= 'C' AND name < 'D';
SELECT title FROM commerce.product WHERE tags && ARRAY['x'] AND search @@ 'canari';
SELECT sources FROM commerce.message WHERE sources @> '[]';
SELECT email FROM commerce.customer WHERE email IN (':b_email') OR email = ANY (ARRAY[':b_email']) OR lower(email) = ':b_email';
