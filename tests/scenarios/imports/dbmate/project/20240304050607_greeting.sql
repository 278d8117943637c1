-- Greets.
-- migrate:up
CREATE FUNCTION greeting(u users) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN 'Dear ' || u.name || ';';
END;
$$;

-- migrate:down
DROP FUNCTION greeting(users);
