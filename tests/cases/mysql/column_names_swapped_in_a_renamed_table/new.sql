CREATE TABLE b (y integer, x varchar(9));
