-- Deploy flipr:index to pg
-- requires: hashtags

CREATE INDEX CONCURRENTLY hashtags_hashtag ON flipr.hashtags (hashtag);
