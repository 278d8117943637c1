CREATE TABLE ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt (a integer, c integer GENERATED ALWAYS AS IDENTITY);
CREATE TABLE child () INHERITS (ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt);
