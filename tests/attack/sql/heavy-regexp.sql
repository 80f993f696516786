-- Runs a regular expression that backtracks for ever.
-- timeout: 300ms
SELECT repeat('a', 5000) ~ '((a*)*)*b\1';
SELECT regexp_replace(repeat('x', 10000), '(x+x+)+y', '');
SELECT repeat('a', 40) SIMILAR TO '(a|a)*(a|a)*(a|a)*b';
