//! Other tools' files, text to value: no file is read here, and none of the other tools' code is run.

pub mod alembic;
