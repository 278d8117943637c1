CREATE TABLE u (n integer);
