--liquibase formatted sql

--changeset ada:1
--comment: People and their names
CREATE TABLE people (id int PRIMARY KEY, name text);
--rollback DROP TABLE people;

--changeset ada:index-name runInTransaction:false
CREATE INDEX CONCURRENTLY people_name ON people (name);
--rollback DROP INDEX CONCURRENTLY people_name;

--changeset bob:1 dbms:mysql,!postgresql
ALTER TABLE people ENGINE = InnoDB;

--changeset bob:2 labels:"v1, v2" splitStatements:false runOnChange:true
CREATE FUNCTION greeting(p people) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN 'Dear ' || p.name || ';';
END;
$$
/* liquibase rollback
DROP FUNCTION greeting(people);
*/
