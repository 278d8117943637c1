-- up
COMMENT ON COLUMN public.t.c IS 'b';

-- down
COMMENT ON COLUMN public.t.c IS 'a';
