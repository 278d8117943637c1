CREATE DOMAIN amount AS numeric(10,2) CONSTRAINT amount_positive CHECK (VALUE > 0);

COMMENT ON DOMAIN amount IS 'money';
