CREATE TABLE p (a integer, b integer, CONSTRAINT ab UNIQUE (b, a));
CREATE TABLE q (a integer, b integer, FOREIGN KEY (a, b) REFERENCES p (a, b) ON UPDATE CASCADE);
