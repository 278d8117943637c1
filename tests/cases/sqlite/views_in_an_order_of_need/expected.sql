-- up
CREATE VIEW z_first AS SELECT a FROM t;
CREATE VIEW a_last AS SELECT * FROM z_first;

-- down
DROP VIEW a_last;
DROP VIEW z_first;
