-- up
-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ADD COLUMN c integer GENERATED ALWAYS AS ((id * 2)) STORED;

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP COLUMN c;
