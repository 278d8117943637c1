CREATE TABLE a (id int, z int CONSTRAINT a_x_check CHECK (z > 0));
CREATE TABLE b (y int) INHERITS (a);
CREATE TABLE c (z int DEFAULT 1) INHERITS (b);
