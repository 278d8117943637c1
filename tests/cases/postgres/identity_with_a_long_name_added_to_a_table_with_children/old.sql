CREATE TABLE tttttttttttttttttttttttttttt (a integer);
CREATE TABLE child () INHERITS (tttttttttttttttttttttttttttt);
