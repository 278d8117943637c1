CREATE TABLE k (a integer NOT NULL, b text NOT NULL, c date);

CREATE FUNCTION good(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 <> ''''';

ALTER TABLE k ADD CONSTRAINT k_b CHECK (good(b));
