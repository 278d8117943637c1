-- atlas:txtar

-- checks.sql --
SELECT NOT EXISTS (SELECT 1 FROM users);
-- migration.sql --
ALTER TABLE "public"."users" ADD COLUMN "email" text NULL;
-- down.sql --
ALTER TABLE "public"."users" DROP COLUMN "email";
