create or replace view people as select id, name from pg_catalog.pg_class, (values (1, 'x')) v(id, name) limit 1;
