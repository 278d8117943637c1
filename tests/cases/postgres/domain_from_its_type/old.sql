CREATE TABLE bills (id integer, sum numeric(10,2));
