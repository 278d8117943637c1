CREATE TABLE t (a INT, b TEXT, c INT);
CREATE INDEX i ON t (lower(b), a + c DESC, (a) || 'x');
