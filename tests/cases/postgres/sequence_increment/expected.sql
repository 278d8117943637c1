-- up
ALTER SEQUENCE public.numbers INCREMENT BY 10;

-- down
ALTER SEQUENCE public.numbers INCREMENT BY 1;
