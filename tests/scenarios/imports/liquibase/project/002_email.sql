-- liquibase formatted sql

-- changeset ada:1
-- preconditions onFail:MARK_RAN
-- precondition-sql-check expectedResult:0 SELECT count(*) FROM people WHERE name IS NULL
ALTER TABLE people ADD email text DEFAULT '${domain}';
-- rollback ALTER TABLE people
-- rollback   DROP COLUMN email;

-- changeset ada:3
UPDATE people SET name = trim(name);
-- rollback empty
