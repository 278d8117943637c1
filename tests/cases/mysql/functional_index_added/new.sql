CREATE TABLE t (id int PRIMARY KEY, a varchar(20), KEY k ((upper(a)) DESC, id), UNIQUE KEY u ((id + 1)));
