CREATE SCHEMA IF NOT EXISTS "drizzle";
CREATE TABLE IF NOT EXISTS "drizzle"."__drizzle_migrations" (
  id SERIAL PRIMARY KEY,
  hash text NOT NULL,
  created_at bigint
);
INSERT INTO "drizzle"."__drizzle_migrations" ("hash", "created_at") VALUES ('72ab111325345281db6a66d3cdbaec0d86344d859c34ae17eea20f3ac8ce6e8e', 1795979481077);
