CREATE TABLE t (id integer PRIMARY KEY, c bigint);

CREATE INDEX t_c ON t (c);
CREATE INDEX t_c_more ON t ((c + 1)) WHERE c > 2;
