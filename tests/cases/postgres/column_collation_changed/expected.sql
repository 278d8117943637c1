-- up
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c TYPE text COLLATE "POSIX";

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t ALTER COLUMN c TYPE text COLLATE "C";
