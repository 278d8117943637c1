-- up
ALTER SEQUENCE public.numbers AS bigint NO MAXVALUE;

-- down
SELECT setval('public.numbers', least(greatest(last_value, 1), 2147483647), is_called AND last_value BETWEEN 1 AND 2147483647) FROM public.numbers;
ALTER SEQUENCE public.numbers AS integer NO MAXVALUE;
