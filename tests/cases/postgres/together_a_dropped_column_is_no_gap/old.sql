CREATE TABLE t (a integer, gone text, b text);
ALTER TABLE t DROP COLUMN gone;
CREATE INDEX i ON t (b);
