-- Asks for permissions with patterns and arrays, to match more than it has.
-- opens nothing: not even rows of A
-- as: visitor
SELECT * FROM door.tenant('%') AS t;
SELECT * FROM door.tenant('visit.%') AS t;
SELECT t.* FROM door.tenant('conversation.read') t;
SELECT * FROM commerce.customer;
