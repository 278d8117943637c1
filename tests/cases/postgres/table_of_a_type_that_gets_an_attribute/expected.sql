-- up
ALTER TYPE public.person ADD ATTRIBUTE age integer CASCADE;

-- down
-- LOSES the values of person.age
ALTER TYPE public.person DROP ATTRIBUTE age CASCADE;
