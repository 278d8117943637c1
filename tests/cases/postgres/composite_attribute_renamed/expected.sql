-- up
ALTER TABLE public.address RENAME COLUMN street TO road;

-- down
ALTER TABLE public.address RENAME COLUMN road TO street;
