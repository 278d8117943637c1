CREATE TABLE "A.b ""c"" d'é" ("Select" bigint PRIMARY KEY, "x y" text NOT NULL DEFAULT 'a;b''c\d$$e', "ÄÖ" integer CHECK ("ÄÖ" > 0), "$1" integer);
CREATE UNIQUE INDEX "I.1" ON "A.b ""c"" d'é" ("x y", "Select");
COMMENT ON COLUMN "A.b ""c"" d'é"."x y" IS 'one
two; three''s \ five';
CREATE VIEW "V.1" AS SELECT "Select" AS "from" FROM "A.b ""c"" d'é";
CREATE FUNCTION "F.1"("A b" integer) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN $function$;$function$; END $f$;
