CREATE TABLE t (id integer PRIMARY KEY, c timestamptz DEFAULT '2024-01-01 00:00:00+00');
