\set ON_ERROR_STOP on
\set prefix room
\echo making rooms

BEGIN;
CREATE TABLE rooms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL DEFAULT :'prefix',
    tags text[] NOT NULL DEFAULT '{{a,b},{c,d}}'
);
INSERT INTO rooms (name) VALUES (:'prefix' || ' 1'), (:'prefix' || ' 2');
COMMIT;
