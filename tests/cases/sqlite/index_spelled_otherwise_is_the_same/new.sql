CREATE TABLE t (a INT, b TEXT, c INT);
create index "i" on t(A,b) where c > 0;
