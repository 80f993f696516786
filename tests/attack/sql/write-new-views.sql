-- Makes views, materialised views and functions that outlive the seal.
CREATE VIEW commerce.everything AS SELECT * FROM commerce.message;
CREATE MATERIALIZED VIEW commerce.everything AS SELECT * FROM commerce.message;
CREATE TEMP VIEW everything AS SELECT * FROM commerce.message;
REFRESH MATERIALIZED VIEW commerce.everything;
CREATE TABLE everything AS TABLE commerce.message;
SELECT * INTO everything FROM commerce.message;
CREATE RULE leak AS ON INSERT TO commerce.message DO ALSO NOTIFY cordon;
