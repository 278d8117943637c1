-- up
-- Locks: ACCESS EXCLUSIVE on rooms, for a moment
ALTER TABLE public.rooms DROP CONSTRAINT rooms_x;

-- Locks: ACCESS EXCLUSIVE on rooms, while every row is read
ALTER TABLE ONLY public.rooms ADD CONSTRAINT rooms_x EXCLUDE USING gist (during WITH &&) WHERE (open);

-- down
-- Locks: ACCESS EXCLUSIVE on rooms, for a moment
ALTER TABLE public.rooms DROP CONSTRAINT rooms_x;

-- Locks: ACCESS EXCLUSIVE on rooms, while every row is read
ALTER TABLE ONLY public.rooms ADD CONSTRAINT rooms_x EXCLUDE USING gist (during WITH &&);
