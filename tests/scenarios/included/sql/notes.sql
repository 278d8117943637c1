CREATE TABLE notes (id integer PRIMARY KEY);
-- @include rows.sql
