CREATE TYPE point3 AS (x integer, y integer, z integer);

CREATE TABLE points OF point3;
