CREATE TABLE t (
  id INT NOT NULL PRIMARY KEY,
  a INT,
  label VARCHAR(20),
  KEY k (label)
);
