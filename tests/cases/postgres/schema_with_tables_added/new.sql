CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id integer PRIMARY KEY, note text);
CREATE INDEX invoices_note ON billing.invoices (note);
