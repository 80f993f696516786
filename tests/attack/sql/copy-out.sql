-- Copies tables to the client and to files.
COPY commerce.message TO STDOUT;
COPY (SELECT * FROM commerce.customer) TO STDOUT WITH (FORMAT csv, HEADER);
COPY door.seal (tenant_id, subject_id) TO STDOUT;
COPY commerce.message TO '/tmp/cordon-attack.txt';
COPY commerce.shop_order (total_minor) TO STDOUT (FORMAT text);
