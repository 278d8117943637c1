CREATE DOMAIN amount AS numeric(10,2);

CREATE TABLE bills (id integer, sum amount);
