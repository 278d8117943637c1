CREATE TABLE t (id int PRIMARY KEY, a varchar(20), UNIQUE KEY k ((upper(a))), KEY l ((lower(a)), id));
