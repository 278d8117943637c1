CREATE SCHEMA billing;

COMMENT ON SCHEMA billing IS 'What we''re paid';
