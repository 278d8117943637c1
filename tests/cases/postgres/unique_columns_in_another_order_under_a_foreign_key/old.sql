CREATE TABLE p (a integer, b integer, CONSTRAINT ab UNIQUE (a, b));
CREATE TABLE q (a integer, b integer, FOREIGN KEY (a, b) REFERENCES p (a, b) ON UPDATE CASCADE);
