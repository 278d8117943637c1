CREATE TABLE t (
  id INT NOT NULL PRIMARY KEY,
  a INT,
  b VARCHAR(20),
  CONSTRAINT k CHECK (a > 0 OR b <> 'it''s')
);
