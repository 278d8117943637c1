CREATE TABLE keep (id int); CREATE TABLE t (id int); CREATE PUBLICATION pub FOR TABLE keep, t;
