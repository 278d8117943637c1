GRANT CREATE ON SCHEMA public TO case_writer;
