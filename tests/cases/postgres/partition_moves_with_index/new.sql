CREATE TABLE a (id int, k int) PARTITION BY LIST (k);
CREATE TABLE p (id int, k int);
CREATE INDEX ai ON a (id);
