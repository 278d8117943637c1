CREATE INDEX CONCURRENTLY person_name ON ${schema}.person (name);
