-- up
-- outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY rooms_x__new ON public.rooms (id);

-- in a transaction
-- Locks: ACCESS EXCLUSIVE on rooms, for a moment
ALTER TABLE public.rooms DROP CONSTRAINT rooms_x;

-- Locks: ACCESS EXCLUSIVE on rooms, for a moment
ALTER TABLE public.rooms ADD CONSTRAINT rooms_x UNIQUE USING INDEX rooms_x__new;

-- down
-- Locks: ACCESS EXCLUSIVE on rooms, for a moment
ALTER TABLE public.rooms DROP CONSTRAINT rooms_x;

-- Locks: ACCESS EXCLUSIVE on rooms, while every row is read
ALTER TABLE ONLY public.rooms ADD CONSTRAINT rooms_x EXCLUDE USING btree (id WITH =);
