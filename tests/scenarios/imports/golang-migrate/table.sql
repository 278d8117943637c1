CREATE TABLE `schema_migrations` (version bigint not null primary key, dirty boolean not null);
INSERT INTO `schema_migrations` (version, dirty) VALUES (2, 0);
