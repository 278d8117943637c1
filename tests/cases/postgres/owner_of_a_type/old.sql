CREATE TYPE e AS ENUM ('a');
CREATE DOMAIN d AS text;
CREATE TYPE c AS (a integer);

ALTER TYPE e OWNER TO case_owner;
ALTER DOMAIN d OWNER TO case_owner;
ALTER TYPE c OWNER TO case_owner;
