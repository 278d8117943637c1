CREATE TABLE "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
);
INSERT INTO "_prisma_migrations" VALUES
  ('5b1ff5bc-7b2e-4c55-8a0e-0d4e4a0a8a01', 'e6f1', 1704164645000, '20240102030405_init', NULL, NULL, 1704164644000, 1),
  ('5b1ff5bc-7b2e-4c55-8a0e-0d4e4a0a8a02', '77aa', NULL, '20240210111213_name_is_required', 'failed', 1707563533000, 1707563532000, 0);
