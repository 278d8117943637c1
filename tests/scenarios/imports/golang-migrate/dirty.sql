UPDATE schema_migrations SET version = 10, dirty = 1;
