CREATE TABLE t (id int PRIMARY KEY, a varchar(20));
CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2031-01-01 00:00:00' DISABLE COMMENT 'DO it''s \\' DO /* why */ INSERT INTO t VALUES (1, concat('it''s \\ "q" \n%\\_', 'é😀', ' DO '));
