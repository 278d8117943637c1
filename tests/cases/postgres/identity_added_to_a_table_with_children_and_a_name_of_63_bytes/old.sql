CREATE TABLE ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt (a integer);
CREATE TABLE child () INHERITS (ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt);
