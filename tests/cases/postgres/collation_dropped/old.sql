CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE users (id integer PRIMARY KEY, name text COLLATE ci NOT NULL, nick varchar(40));
CREATE INDEX by_nick ON users (nick COLLATE ci);
