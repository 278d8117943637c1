CREATE TABLE t ("order" INT CHECK ("order" > 0));
