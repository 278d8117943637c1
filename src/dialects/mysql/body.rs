//! Semicolons that do not end a MySQL or MariaDB statement: those in the compound body of a routine, a trigger or an
//! event, and in MariaDB's `BEGIN NOT ATOMIC`.
//!
//! Sources: MySQL's manual, "Compound Statement Syntax", CREATE PROCEDURE, CREATE TRIGGER, CREATE EVENT; MariaDB's
//! "Programmatic & Compound Statements".
//!
//! A keyword opens a block only where a statement can start: after `;`, BEGIN, THEN, ELSE, DO, LOOP, REPEAT, a label,
//! or the conditions of a handler. This distinguishes the statements IF and CASE from the functions and expressions of
//! the same name.

use crate::sql::{StatementBody, TokenKind};

/// State of the statement that is being read.
#[derive(Default)]
pub(super) struct MysqlBody<'t> {
    role: MysqlRole,
    parentheses: usize,
    blocks: Vec<CompoundBlock>,
    /// `true` if the next token starts a statement of a body.
    at_start: bool,
    /// `true` if the last token may be a label.
    after_label: bool,
    /// `true` if a statement starts later: after the rest of a routine's header, or after the conditions of a handler.
    seeking: bool,
    /// `true` if the current statement of a body is a DECLARE.
    declaring: bool,
    previous: &'t str,
}

/// Kind of the statement, as far as its tokens reveal it.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum MysqlRole {
    /// No token yet.
    #[default]
    Start,
    /// `BEGIN`: a transaction, or with `NOT ATOMIC` a compound statement.
    Begin,
    /// `CREATE` or `ALTER`, before the type of the object.
    Create,
    /// Routine, before the end of its parameters.
    Routine,
    /// Trigger, before its `FOR EACH ROW`.
    Trigger,
    /// Event, before its `DO`.
    Event,
    /// Rest of the header, and the body.
    Body,
    /// Package (Oracle mode), which only a custom delimiter ends.
    Package,
    /// Any other statement.
    Plain,
}

/// Block of a body that is still open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CompoundBlock {
    Begin,
    If,
    Case,
    Loop,
    Repeat,
    While,
    CaseExpression,
}

impl CompoundBlock {
    /// Returns the block that `word` opens at the start of a statement.
    fn opened_by(word: &str) -> Option<Self> {
        const OPENERS: [(&str, CompoundBlock); 7] = [
            ("BEGIN", CompoundBlock::Begin),
            ("IF", CompoundBlock::If),
            ("CASE", CompoundBlock::Case),
            ("LOOP", CompoundBlock::Loop),
            ("REPEAT", CompoundBlock::Repeat),
            ("WHILE", CompoundBlock::While),
            ("FOR", CompoundBlock::While),
        ];
        OPENERS.iter().find(|(keyword, _)| word.eq_ignore_ascii_case(keyword)).map(|(_, block)| *block)
    }

    /// Returns `true` if the first statement directly follows the opening word.
    const fn starts_at_once(self) -> bool {
        matches!(self, Self::Begin | Self::Loop | Self::Repeat)
    }
}

impl<'t> StatementBody<'t> for MysqlBody<'t> {
    fn accept(&mut self, kind: TokenKind, text: &'t str) {
        if self.role == MysqlRole::Plain {
            return;
        }
        let at_start = std::mem::take(&mut self.at_start);
        let after_label = std::mem::take(&mut self.after_label);
        match kind {
            TokenKind::Open => self.parentheses += 1,
            TokenKind::Close => self.close(),
            // After `.` or `@`, a word is part of a name or the name of a variable, even if it looks like a keyword.
            TokenKind::Word if !matches!(self.previous, "." | "@") => self.word(text, at_start),
            TokenKind::Semicolon => self.semicolon(),
            TokenKind::Operator if text == ":" && after_label => self.at_start = true,
            _ => {}
        }
        if self.role == MysqlRole::Start {
            self.role = MysqlRole::Plain;
        }
        self.after_label = at_start && matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        self.previous = text;
    }

    fn ends_at_semicolon(&self, has_delimiter: bool) -> bool {
        // A custom delimiter alone ends a statement that has or may have a body. Other statements are still split at
        // semicolons, because the server accepts one statement at a time.
        let bodied = matches!(
            self.role,
            MysqlRole::Routine | MysqlRole::Trigger | MysqlRole::Event | MysqlRole::Body | MysqlRole::Package
        );
        self.blocks.is_empty() && !(has_delimiter && bodied)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl MysqlBody<'_> {
    fn close(&mut self) {
        self.parentheses = self.parentheses.saturating_sub(1);
        if self.role == MysqlRole::Routine && self.parentheses == 0 {
            self.seek_body();
        }
    }

    const fn seek_body(&mut self) {
        self.role = MysqlRole::Body;
        self.seeking = true;
    }

    fn semicolon(&mut self) {
        // An expression cannot contain a semicolon, so a CASE expression that is still open was not one.
        while self.blocks.last() == Some(&CompoundBlock::CaseExpression) {
            self.blocks.pop();
        }
        self.at_start = true;
        self.seeking = false;
        self.declaring = false;
    }

    fn word(&mut self, word: &str, at_start: bool) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        match self.role {
            MysqlRole::Start => self.first_word(word),
            MysqlRole::Begin if is("NOT") => {
                self.role = MysqlRole::Body;
                self.blocks.push(CompoundBlock::Begin);
            }
            MysqlRole::Begin => self.role = MysqlRole::Plain,
            MysqlRole::Create => self.role = created(word),
            MysqlRole::Trigger if is("ROW") && self.follows("EACH") => self.seek_body(),
            MysqlRole::Event if is("DO") && self.parentheses == 0 => self.seek_body(),
            MysqlRole::Body => self.body_word(word, at_start),
            MysqlRole::Routine | MysqlRole::Trigger | MysqlRole::Event | MysqlRole::Package | MysqlRole::Plain => {}
        }
    }

    fn follows(&self, keyword: &str) -> bool {
        self.previous.eq_ignore_ascii_case(keyword)
    }

    fn first_word(&mut self, word: &str) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        if is("CREATE") || is("ALTER") {
            self.role = MysqlRole::Create;
        } else if is("BEGIN") {
            self.role = MysqlRole::Begin;
        } else if CompoundBlock::opened_by(word).is_some() {
            // MariaDB allows IF, LOOP and the like outside of routines; no other statement starts with these words.
            self.role = MysqlRole::Body;
            self.body_word(word, true);
        } else {
            self.role = MysqlRole::Plain;
        }
    }

    fn body_word(&mut self, word: &str, at_start: bool) {
        let opened = CompoundBlock::opened_by(word).filter(|_| at_start || (self.seeking && self.parentheses == 0));
        if let Some(block) = opened {
            self.blocks.push(block);
            self.at_start = block.starts_at_once();
            self.seeking = false;
        } else if at_start {
            self.starting_word(word);
        } else if self.seeking {
            self.seeking = !self.begins_simple_statement(word);
        } else {
            self.inner_word(word);
        }
    }

    /// Handles a word that starts a statement, but opens no block.
    fn starting_word(&mut self, word: &str) {
        if word.eq_ignore_ascii_case("END") {
            self.blocks.pop();
        }
        self.at_start = word.eq_ignore_ascii_case("ELSE");
        self.declaring = word.eq_ignore_ascii_case("DECLARE");
    }

    /// Returns `true` if `word` starts a simple statement, after which no block can open before the next semicolon.
    fn begins_simple_statement(&self, word: &str) -> bool {
        const STARTERS: [&str; 44] = [
            "ALTER",
            "ANALYZE",
            "CALL",
            "CLOSE",
            "COMMIT",
            "CREATE",
            "DEALLOCATE",
            "DELETE",
            "DO",
            "DROP",
            "EXECUTE",
            "EXPLAIN",
            "FETCH",
            "FLUSH",
            "GET",
            "GRANT",
            "INSERT",
            "ITERATE",
            "KILL",
            "LEAVE",
            "LOAD",
            "LOCK",
            "OPEN",
            "OPTIMIZE",
            "PREPARE",
            "RELEASE",
            "RENAME",
            "REPLACE",
            "RESIGNAL",
            "RETURN",
            "REVOKE",
            "ROLLBACK",
            "SAVEPOINT",
            "SELECT",
            "SET",
            "SHOW",
            "SIGNAL",
            "START",
            "TRUNCATE",
            "UNLOCK",
            "UPDATE",
            "VALUES",
            "WITH",
            "XA",
        ];
        // The types SET('a') and CHAR CHARACTER SET x may occur in a function's header.
        let type_word = ["CHARACTER", "CHAR", "RETURNS"].iter().any(|before| self.follows(before));
        !type_word && STARTERS.iter().any(|starter| word.eq_ignore_ascii_case(starter))
    }

    /// Handles a word inside a statement.
    fn inner_word(&mut self, word: &str) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        let Some(innermost) = self.blocks.last().copied() else { return };
        // Inside a statement, CASE can only be an expression, which ends with END instead of END CASE.
        if is("CASE") {
            self.blocks.push(CompoundBlock::CaseExpression);
        // No semicolon precedes the END of a CASE expression, nor the one in `UNTIL done END REPEAT`.
        } else if is("END") && matches!(innermost, CompoundBlock::CaseExpression | CompoundBlock::Repeat) {
            self.blocks.pop();
        } else if is("THEN") {
            self.at_start = matches!(innermost, CompoundBlock::If | CompoundBlock::Case);
        } else if is("DO") {
            self.at_start = innermost == CompoundBlock::While;
        // `DECLARE ... HANDLER FOR NOT FOUND BEGIN ... END`: the statement follows the conditions without a separator.
        } else if is("FOR") {
            self.seeking = self.declaring && self.follows("HANDLER");
        } else if is("ATOMIC") {
            self.at_start = self.follows("NOT");
        }
    }
}

/// Kind of object that `CREATE` or `ALTER` is about. `word` may still be part of OR REPLACE, DEFINER and the like; then
/// the kind remains unknown.
fn created(word: &str) -> MysqlRole {
    const OBJECTS: [(&str, MysqlRole); 15] = [
        ("PROCEDURE", MysqlRole::Routine),
        ("FUNCTION", MysqlRole::Routine),
        ("TRIGGER", MysqlRole::Trigger),
        ("EVENT", MysqlRole::Event),
        ("PACKAGE", MysqlRole::Package),
        ("TABLE", MysqlRole::Plain),
        ("VIEW", MysqlRole::Plain),
        ("INDEX", MysqlRole::Plain),
        ("DATABASE", MysqlRole::Plain),
        ("SCHEMA", MysqlRole::Plain),
        ("USER", MysqlRole::Plain),
        ("ROLE", MysqlRole::Plain),
        ("SERVER", MysqlRole::Plain),
        ("SEQUENCE", MysqlRole::Plain),
        ("TABLESPACE", MysqlRole::Plain),
    ];
    OBJECTS.iter().find(|(object, _)| word.eq_ignore_ascii_case(object)).map_or(MysqlRole::Create, |(_, role)| *role)
}
