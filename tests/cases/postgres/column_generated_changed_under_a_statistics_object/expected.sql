-- up
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP COLUMN g;

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ADD COLUMN g integer GENERATED ALWAYS AS ((a * 3)) STORED;

-- the statistics object public.st was dropped along with what it depends on
CREATE STATISTICS public.st ON a, g FROM public.t;

-- down
-- Locks: ACCESS EXCLUSIVE on t, for a moment
ALTER TABLE public.t DROP COLUMN g;

-- Locks: ACCESS EXCLUSIVE on t, while the table is rewritten
ALTER TABLE public.t ADD COLUMN g integer GENERATED ALWAYS AS ((a * 2)) STORED;

-- the statistics object public.st was dropped along with what it depends on
CREATE STATISTICS public.st ON a, g FROM public.t;
