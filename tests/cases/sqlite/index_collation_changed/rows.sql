INSERT INTO t VALUES ('x'), ('X ');
