CREATE TYPE c AS (x bigint, y varchar(5), more date); CREATE TABLE t (a c); CREATE TABLE tt OF c; CREATE INDEX tt_y ON tt (y);
