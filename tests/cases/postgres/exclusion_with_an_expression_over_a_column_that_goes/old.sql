CREATE TABLE b (a int, z int, EXCLUDE USING gist (int4range(a, z) WITH &&));
