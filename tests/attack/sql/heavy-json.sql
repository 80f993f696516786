-- Feeds deep and malformed JSON, XML and arrays.
-- timeout: 1s
SELECT repeat('[', 100000)::json;
SELECT ('{' || repeat('"a":{', 10000))::jsonb;
SELECT xmlparse(CONTENT repeat('<a>', 10000));
SELECT jsonb_path_query('[]', '$[*] ? (@.a like_regex "(")');
