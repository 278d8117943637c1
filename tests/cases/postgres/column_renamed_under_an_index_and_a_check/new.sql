CREATE TABLE t (id integer PRIMARY KEY, email text CONSTRAINT mailed CHECK (email <> ''));
CREATE INDEX t_mail ON t (email);
