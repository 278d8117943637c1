CREATE TABLE t (a INT, -- the old comment
 b TEXT);
