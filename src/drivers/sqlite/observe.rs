//! What one statement did: it succeeded, or why it failed. The file is locked as a whole, and no catalog tells what was
//! rewritten.

use super::SqliteDriver;
use crate::database::StatementObserver;

impl StatementObserver for SqliteDriver {}
