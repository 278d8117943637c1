CREATE TYPE point3 AS (x integer, y integer, z integer);

CREATE TABLE points OF point3 (x PRIMARY KEY, y WITH OPTIONS NOT NULL DEFAULT 0, CHECK (z > 0));
