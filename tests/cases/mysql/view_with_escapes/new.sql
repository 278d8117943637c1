CREATE TABLE t (id int PRIMARY KEY, a varchar(20));
CREATE VIEW v AS SELECT a, concat(a, 'it''s \\ "q" \n%\\_', 'é') AS `it's` FROM t WHERE a NOT LIKE '%\\_%';
