CREATE TABLE t (
  id INT NOT NULL PRIMARY KEY,
  amount INT,
  b VARCHAR(20),
  g INT AS (amount + 1) STORED
);
