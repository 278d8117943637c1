CREATE TABLE t (
  id INT NOT NULL PRIMARY KEY,
  a INT,
  b VARCHAR(20),
  c ENUM('a','b')
);
