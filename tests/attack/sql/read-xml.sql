-- Reads through the functions that run a query given as text.
-- volatile: XML of all rows is one value, in the order of the heap
SELECT query_to_xml('SELECT body FROM commerce.message', true, false, '');
SELECT query_to_xml_and_xmlschema('SELECT email FROM commerce.customer', true, false, '');
SELECT table_to_xml('commerce.customer', true, false, '');
SELECT schema_to_xml('commerce', true, false, '');
SELECT database_to_xml(true, false, '');
