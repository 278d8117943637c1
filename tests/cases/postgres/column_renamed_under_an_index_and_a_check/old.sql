CREATE TABLE t (id integer PRIMARY KEY, mail text CONSTRAINT mailed CHECK (mail <> ''));
CREATE INDEX t_mail ON t (mail);
