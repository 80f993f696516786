-- Asks for more memory than there is and reads what the error says.
-- timeout: 1s
SELECT repeat('x', 1073741824);
SELECT array_fill(1, ARRAY[200000000]);
SELECT lpad('x', 1073741820);
