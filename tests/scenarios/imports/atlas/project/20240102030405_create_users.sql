-- Create "users" table
CREATE TABLE "public"."users" ("id" integer NOT NULL, "name" text NULL, PRIMARY KEY ("id"));
