CREATE TABLE k (a integer NOT NULL, b text NOT NULL, c date);

CREATE TABLE other (x integer);
ALTER TABLE other ADD CONSTRAINT other_x CHECK (x > 0) NOT VALID;
