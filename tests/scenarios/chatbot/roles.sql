-- Once, by whoever administers the server, in the bot's database. (psql's \password sets a password unseen.)
--   chatbot_owner     owns what is there
--   chatbot_migrator  migrates and takes backups: no superuser, and it may do nothing yet
--   chatbot_app       is the bot
--   chatbot_audit     may read the journal
CREATE ROLE chatbot_owner NOLOGIN;
CREATE ROLE chatbot_migrator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD 'changed on the day';
CREATE ROLE chatbot_app NOLOGIN;
CREATE ROLE chatbot_audit NOLOGIN;

CREATE SCHEMA bot AUTHORIZATION chatbot_owner;
CREATE SCHEMA bot_versions AUTHORIZATION chatbot_owner;
GRANT USAGE ON SCHEMA bot TO chatbot_app;
GRANT USAGE ON SCHEMA bot_versions TO chatbot_audit;

-- What comes later the bot may use, and the auditor may read.
ALTER DEFAULT PRIVILEGES FOR ROLE chatbot_owner, chatbot_migrator IN SCHEMA bot
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO chatbot_app;
ALTER DEFAULT PRIVILEGES FOR ROLE chatbot_owner, chatbot_migrator IN SCHEMA bot_versions
    GRANT SELECT ON TABLES TO chatbot_audit;
