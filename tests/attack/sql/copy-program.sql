-- Runs programs and reads files through COPY.
COPY commerce.message TO PROGRAM 'cat >/dev/null';
COPY (SELECT 1) TO PROGRAM 'id';
COPY commerce.policy FROM PROGRAM 'id';
COPY commerce.policy FROM '/etc/passwd';
COPY (SELECT 1) TO '/tmp/cordon-attack.txt';
