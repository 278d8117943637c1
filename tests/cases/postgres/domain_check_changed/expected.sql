-- up
-- in a transaction
ALTER DOMAIN public.amount DROP CONSTRAINT amount_positive;
ALTER DOMAIN public.amount ADD CONSTRAINT amount_positive CHECK ((VALUE >= (0)::numeric)) NOT VALID;

-- in a transaction
ALTER DOMAIN public.amount VALIDATE CONSTRAINT amount_positive;

-- down
-- in a transaction
ALTER DOMAIN public.amount DROP CONSTRAINT amount_positive;
ALTER DOMAIN public.amount ADD CONSTRAINT amount_positive CHECK ((VALUE > (0)::numeric)) NOT VALID;

-- in a transaction
ALTER DOMAIN public.amount VALIDATE CONSTRAINT amount_positive;
