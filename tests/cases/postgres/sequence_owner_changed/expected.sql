-- up
ALTER SEQUENCE public.numbers OWNED BY public.t.other;

-- down
ALTER SEQUENCE public.numbers OWNED BY public.t.id;
