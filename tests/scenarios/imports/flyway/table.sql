CREATE TABLE "public"."flyway_schema_history" (
    "installed_rank" INT NOT NULL,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INTEGER,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TIMESTAMP NOT NULL DEFAULT now(),
    "execution_time" INTEGER NOT NULL,
    "success" BOOLEAN NOT NULL
);
ALTER TABLE "public"."flyway_schema_history" ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank");
CREATE INDEX "flyway_schema_history_s_idx" ON "public"."flyway_schema_history" ("success");
INSERT INTO "public"."flyway_schema_history" VALUES
  (1, '1', 'Create person table', 'SQL', 'V1__Create_person_table.sql', -1047216425, 'app', now(), 7, true),
  (2, '1.1', 'Add people', 'SQL', 'V1_1__Add_people.sql', 1292411012, 'app', now(), 3, true),
  (3, '1.10', 'Index', 'SQL', 'V1_10__Index.sql', 4711, 'app', now(), 3, true),
  (4, '1.10', 'Index', 'UNDO_SQL', 'U1_10__Index.sql', 4712, 'app', now(), 3, true);
