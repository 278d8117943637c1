CREATE TABLE t (a integer, b integer);
CREATE INDEX t_i ON t (a);
ALTER TABLE t ADD CONSTRAINT t_u UNIQUE (a);
CREATE INDEX t_i__new ON t (b);
CREATE SEQUENCE t_i__nex;
CREATE VIEW t_i__new2 AS SELECT 1 AS one;
CREATE TABLE u (a integer);
CREATE INDEX t_u__new ON u (a);
