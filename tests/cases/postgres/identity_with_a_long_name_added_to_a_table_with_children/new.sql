CREATE TABLE tttttttttttttttttttttttttttt (a integer, cccccccccccccccccccccccccccc integer GENERATED ALWAYS AS IDENTITY);
CREATE TABLE child () INHERITS (tttttttttttttttttttttttttttt);
