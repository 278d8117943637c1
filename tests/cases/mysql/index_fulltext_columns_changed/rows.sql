INSERT INTO t VALUES (1, 'x', 'y', ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('POINT(3 4)'));
