CREATE TYPE address AS (a text, b integer, c date);
