CREATE TABLE t (id int PRIMARY KEY, a varchar(20), KEY k ((upper(a))));
