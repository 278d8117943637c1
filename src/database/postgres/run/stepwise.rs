//! A unit outside transactions: a journal row first, then each statement as a message of its own, then the version
//! rows and the end of the journal row in one transaction.

use super::*;

/// A journal row that says `running`, and how far its unit is.
struct Attempt {
    journal: i64,
    /// Where the unit has a transaction of its own open: how many statements had run before it.
    open_since: Option<usize>,
}

impl Run<'_> {
    pub(super) fn stepwise(&mut self) -> Result<Duration, RunFailure> {
        let journal = self.announce().map_err(|stop| self.failure(&stop, 0, true))?;
        let mut attempt = Attempt { journal, open_since: None };
        let result = self.statements(&mut attempt).and_then(|()| self.conclude(&attempt));
        match result {
            Ok(()) => {
                self.count_rows();
                Ok(self.started.elapsed())
            }
            Err(stop) => Err(self.give_up(&attempt, &stop)),
        }
    }

    /// Checks the version rows and writes the journal row, in one message (which is one transaction).
    fn announce(&mut self) -> Result<i64, Stop> {
        let change = self.unit.change;
        let mut message = Message::default();
        self.add_application_name(&mut message, "SET");
        if !change.delete.is_empty() || !change.insert.is_empty() {
            let table = version_table(DIALECT, &self.table);
            message.add(Part::Fence, &fence::expect(&table, change, self.database.known));
        }
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, 0, None);
        message.add(Part::Journal, &format!("{} RETURNING id", insert_journal(DIALECT, &self.table, &entry)));
        let reply = self.database.link.say(message.text(), &mut Reader);
        let journal = reply.results.last().and_then(|rows| rows.first()).and_then(|row| row.first()).cloned().flatten();
        match (reply.trouble, journal.and_then(|id| id.parse().ok())) {
            (None, Some(id)) => Ok(id),
            (None, None) => Err(Stop::of(Trouble::ours("the journal gave no number"), Some(Part::Journal))),
            (Some(trouble), _) => {
                let (part, _) = message.failed(reply.results.len(), None);
                Err(Stop::of(trouble, part))
            }
        }
    }

    fn statements(&mut self, attempt: &mut Attempt) -> Result<(), Stop> {
        for (number, piece) in self.unit.statements() {
            if self.progress.watch.interrupted() {
                let before = Some(Part::Piece(number));
                return Err(Stop { is_interrupt: true, ..Stop::of(Trouble::ours("interrupted"), before) });
            }
            let before = self.progress.done;
            if let Kind::CopyFromStdin { data } = piece.kind {
                self.copy(number, piece, data.of(self.unit.text), data.start)?;
            } else {
                let mut message = Message::default();
                message.add_piece(number, piece.sql, self.unit.text);
                self.send(message)?;
            }
            attempt.note_transaction(piece, self.unit.text, before);
            if self.progress.done < self.progress.total {
                self.note_progress(attempt)?;
            }
        }
        Ok(())
    }

    /// Inside the unit's own transaction this is rolled back together with what it counts.
    fn note_progress(&mut self, attempt: &Attempt) -> Result<(), Stop> {
        let note = journal_progress(DIALECT, &self.table, attempt.journal, self.progress.done as u64);
        match self.database.link.ask(&note) {
            Err(trouble) if is_lost(&trouble) => Err(Stop::of(trouble, None)),
            // A role without rights on the journal, a statement timeout: the end of the row will tell all the same.
            _ => Ok(()),
        }
    }

    fn conclude(&mut self, attempt: &Attempt) -> Result<(), Stop> {
        let mut message = Message::default();
        message.add(Part::Control, "BEGIN");
        self.add_resets(&mut message);
        self.add_verify(&mut message);
        self.add_change(&mut message);
        let (total, took) = (self.unit.total() as u64, milliseconds(self.started.elapsed()));
        let state = JournalState::Done;
        let note = finish_journal(DIALECT, &self.table, attempt.journal, state, took, total, None);
        message.add(Part::Journal, &note);
        self.add_usual_application_name(&mut message);
        message.add(Part::Commit, "COMMIT");
        self.send(message)
    }

    fn add_usual_application_name(&self, message: &mut Message) {
        if let Some(name) = &self.database.application_name {
            message.add(Part::Control, &format!("SET application_name = {}", text(name)));
        }
    }

    /// Writes down how far it came. What ran stays, except in a transaction that the unit itself had open.
    fn give_up(&mut self, attempt: &Attempt, stop: &Stop) -> RunFailure {
        let applied = attempt.open_since.unwrap_or(self.progress.done);
        let failure = self.failure(stop, applied, false);
        if !is_lost(&stop.trouble) && self.recover() {
            let mut message = Message::default();
            message.add(Part::Control, "ROLLBACK");
            self.add_resets(&mut message);
            self.add_usual_application_name(&mut message);
            let (took, state) = (milliseconds(self.started.elapsed()), JournalState::Failed);
            let summary = failure.summary();
            let (journal, applied) = (attempt.journal, applied as u64);
            let note = finish_journal(DIALECT, &self.table, journal, state, took, applied, Some(&summary));
            message.add(Part::Journal, &note);
            let _ = self.database.link.ask(message.text());
        }
        failure
    }
}

impl Attempt {
    /// Follows BEGIN and COMMIT that the unit brings itself.
    fn note_transaction(&mut self, piece: &Piece, text: &str, before: usize) {
        if piece.kind != Kind::TransactionControl {
            return;
        }
        let word = piece.sql.of(text).split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        self.open_since = match word.as_str() {
            "begin" | "start" => self.open_since.or(Some(before)),
            _ => None,
        };
    }
}
