INSERT INTO "public"."flyway_schema_history" VALUES (5, '1.10', 'Index', 'SQL', 'V1_10__Index.sql', 4711, 'app', now(), 3, false);
