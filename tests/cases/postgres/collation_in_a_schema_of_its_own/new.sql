CREATE SCHEMA words;
CREATE COLLATION words."Sort" (provider = icu, locale = 'de-u-co-phonebk');
COMMENT ON COLLATION words."Sort" IS 'phone book';
CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nick varchar(40));
CREATE TYPE pair AS (one text COLLATE words."Sort", other integer);
CREATE TYPE span AS RANGE (subtype = text, collation = words."Sort");
