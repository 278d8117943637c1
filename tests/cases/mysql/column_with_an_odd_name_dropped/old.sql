CREATE TABLE t (
  id INT NOT NULL PRIMARY KEY,
  a INT,
  b VARCHAR(20),
  `order by` INT,
  `a``b` INT,
  `Größe` INT
);
