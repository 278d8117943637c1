CREATE TYPE c AS (x int, y text, gone int); CREATE TABLE t (a c); CREATE TABLE tt OF c; CREATE INDEX tt_y ON tt (y);
