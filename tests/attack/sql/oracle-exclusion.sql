-- Creates constraints and indexes whose check reads every row.
ALTER TABLE commerce.customer ADD CONSTRAINT x UNIQUE (email);
ALTER TABLE commerce.customer ADD CONSTRAINT x EXCLUDE USING gist (email WITH =);
CREATE UNIQUE INDEX x ON commerce.customer (email);
ALTER TABLE commerce.customer ADD CONSTRAINT x CHECK (email <> ':b_email');
ALTER TABLE commerce.customer ADD CONSTRAINT x FOREIGN KEY (tenant_id) REFERENCES commerce.merchant;
