CREATE TYPE floats AS RANGE (subtype = float8);
CREATE TABLE t (a floats, b floats[]);
