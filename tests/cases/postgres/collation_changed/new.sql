CREATE COLLATION ci (provider = icu, locale = 'und', deterministic = true);
CREATE DOMAIN label AS text COLLATE ci CHECK (VALUE <> '');
CREATE TABLE users (id integer PRIMARY KEY, name text COLLATE ci NOT NULL UNIQUE, nick varchar(40), tag label);
CREATE INDEX by_nick ON users (nick COLLATE ci);
CREATE VIEW names AS SELECT name FROM users WHERE nick COLLATE ci = 'x';
