CREATE TABLE "A.b ""c"" d'é" ("Select" integer PRIMARY KEY, "x y" text DEFAULT 'a;b''c\d$$', "ÄÖ" integer);
CREATE INDEX "I.1" ON "A.b ""c"" d'é" ("x y");
COMMENT ON COLUMN "A.b ""c"" d'é"."x y" IS 'one
two; three''s \ four';
