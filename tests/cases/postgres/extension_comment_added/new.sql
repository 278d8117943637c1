CREATE EXTENSION citext;

COMMENT ON EXTENSION citext IS 'letters of any case';
