CREATE TABLE t (id int PRIMARY KEY, a varchar(20), KEY k ((concat(a,'é😀','\\'))));
