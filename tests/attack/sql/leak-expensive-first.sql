-- Orders the evaluation with a cheap leaky function before the policy's expensive one.
SELECT * FROM commerce.policy WHERE body::xid IS NOT NULL AND tenant_id = ':b_tenant';
SELECT * FROM commerce.message WHERE length(body) / (length(body) - length(body)) > 0 AND tenant_id = ':b_tenant';
SELECT * FROM commerce.merchant WHERE (name || '')::int2 = 1 OFFSET 0;
SELECT * FROM (SELECT * FROM commerce.merchant OFFSET 0) c WHERE c.name::int2 = 1;
