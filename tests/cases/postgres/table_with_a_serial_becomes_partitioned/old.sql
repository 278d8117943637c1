CREATE TABLE t (k int, s serial, n text);
CREATE INDEX t_n ON t (n);
