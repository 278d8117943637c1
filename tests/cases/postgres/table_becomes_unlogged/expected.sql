-- up
-- Locks: ACCESS EXCLUSIVE on cache, while the table is rewritten
ALTER TABLE public.cache SET UNLOGGED;

-- down
-- Locks: ACCESS EXCLUSIVE on cache, while the table is rewritten
ALTER TABLE public.cache SET LOGGED;
