CREATE TABLE t (id integer PRIMARY KEY, name text);

CREATE VIEW v AS SELECT id, name FROM t;
GRANT SELECT ON v TO case_reader;
GRANT INSERT ON v TO case_writer WITH GRANT OPTION;
