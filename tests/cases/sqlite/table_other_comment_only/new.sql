CREATE TABLE t (a INT, -- the new comment
 b TEXT);
