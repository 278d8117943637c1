CREATE TYPE address AS (road text);
