CREATE TABLE t (id int PRIMARY KEY, a varchar(9) CHARACTER SET utf8mb4 DEFAULT '😀é', b varchar(9) DEFAULT 'what?', c varchar(9) NOT NULL DEFAULT '?' COMMENT 'why?');
