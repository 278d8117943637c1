CREATE TABLE b (a int);
