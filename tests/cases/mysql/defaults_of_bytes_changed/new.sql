CREATE TABLE t (id int PRIMARY KEY, a binary(3) DEFAULT 'abc', b varbinary(9) DEFAULT '0x78');
