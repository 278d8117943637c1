-- atlas:checkpoint

CREATE TABLE "public"."users" ("id" integer NOT NULL, "name" text NULL, PRIMARY KEY ("id"));
CREATE INDEX "users_name" ON "public"."users" ("name");
