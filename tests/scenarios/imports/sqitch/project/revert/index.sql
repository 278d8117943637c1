-- Revert flipr:index from pg

DROP INDEX CONCURRENTLY flipr.hashtags_hashtag;
