//! Reports of failed backups and restores.

use super::ErrorReport;
use crate::backup::{BackupError, BackupRefusal, RestoreRemains};
use crate::database::DumpError;
use crate::database::program::ProgramError;
use crate::error_code::ErrorCode;
use crate::sql::advice_of_all;

impl From<BackupError> for ErrorReport {
    fn from(error: BackupError) -> Self {
        let words = error.to_string();
        match error {
            BackupError::Refused(refusal) => refused(words, &refusal),
            BackupError::Database(error) => error.into(),
            BackupError::Program(error) => error.into(),
            BackupError::TableLocked { said, holders } => {
                let report = Self::new(ErrorCode::Locked, words).note(said);
                let report = holders.iter().fold(report, |report, holder| report.note(format!("blocked by {holder}")));
                report.note("nothing was changed").hint("run again when they have finished, or terminate them yourself")
            }
            BackupError::File { path, reason, .. } => {
                Self { path: Some(path), hints: room(&reason), ..Self::new(ErrorCode::BackupFailed, words) }
            }
            BackupError::NotFound { folder, known, .. } => {
                let report = Self::new(ErrorCode::BackupNotFound, words)
                    .note(format!("searched this folder and {}", folder.display()));
                match known.as_slice() {
                    [] => report.hint("`aludel backup` creates one"),
                    known => report.hint(format!("there are: {}", known.join(", "))),
                }
            }
            BackupError::NoRecord { .. } => Self::new(ErrorCode::BackupRecordMissing, words)
                .hint("the backup's checksum is in it: copy the .json file along with the backup"),
            BackupError::Damaged { path, .. } => {
                Self { path: Some(path), ..Self::new(ErrorCode::BackupDamaged, words) }
                    .hint("create another backup, or copy this one again")
            }
            BackupError::Unequal { path, tables } => {
                let shown =
                    |rows: Option<u64>| rows.map_or_else(|| "no such table".to_owned(), |rows| format!("{rows} rows"));
                let report = Self { path: Some(path), ..Self::new(ErrorCode::BackupUnequal, words) };
                let report = tables.iter().take(20).fold(report, |report, (table, expected, found)| {
                    report.note(format!(
                        "{table}: {} in the database, {} in the backup",
                        shown(*expected),
                        shown(*found)
                    ))
                });
                report.hint("do not rely on this backup; were many rows inserted or deleted meanwhile?")
            }
            BackupError::Unverified { path, cause } => {
                let cause = Self::from(*cause);
                let report = Self {
                    path: Some(path),
                    sqlstate: cause.sqlstate,
                    ..Self::new(ErrorCode::BackupUnverified, words)
                };
                let report = cause.notes.into_iter().fold(report, Self::note);
                match report.sqlstate {
                    Some(_) => {
                        let rights: Vec<_> = advice_of_all(|rules| rules.restore_rights()).collect();
                        report.hint(format!(
                            "does this user have the right to create a database, and everything in it? {}",
                            rights.join(", ")
                        ))
                    }
                    None => report,
                }
            }
            BackupError::Restore { cause, left } => {
                let cause = Self::from(*cause);
                let mut report = Self::new(ErrorCode::RestoreFailed, words);
                if matches!(cause.code, ErrorCode::Interrupted | ErrorCode::Locked) {
                    report.code = cause.code;
                    report.hints = cause.hints;
                }
                let report = Self { sqlstate: cause.sqlstate, path: cause.path, ..report };
                let report =
                    cause.notes.into_iter().filter(|note| note != "nothing was changed").fold(report, Self::note);
                let denied = |note: &String| {
                    advice_of_all(|rules| Some(rules.denied_restore(note))).find(|hints| !hints.is_empty())
                };
                let hints = report.notes.iter().find_map(denied).unwrap_or_default();
                let report = report.hints(hints.iter().map(|hint| (*hint).to_owned()));
                match left {
                    RestoreRemains::Untouched => report.note("the database is unchanged"),
                    RestoreRemains::Partial => report
                        .note("the database was emptied, and contains at most a part of the backup")
                        .hint("fix this, then restore again; until then the database can be used for nothing else"),
                }
            }
            BackupError::Interrupted => Self::new(ErrorCode::Interrupted, words).note("nothing was changed"),
        }
    }
}

impl From<ProgramError> for ErrorReport {
    fn from(error: ProgramError) -> Self {
        let words = error.to_string();
        match error {
            ProgramError::NotFound { package, .. } => Self::new(ErrorCode::BackupProgramMissing, words)
                .hint(format!("apt-get install {package}, or your system's package of it"))
                .hint("or name it in aludel.yaml: `backup: {program: /path/to/it}`"),
            ProgramError::Unusable { .. } => Self::new(ErrorCode::BackupProgramUnusable, words)
                .hint("is it the right program, and is it executable?"),
            ProgramError::WrongVersion { .. } => Self::new(ErrorCode::BackupProgramVersion, words)
                .note("a dump program must come from the server's own product, and must not be older than the server")
                .hint("install the newer one, or name it in aludel.yaml: `backup: {program: /path/to/it}`"),
            ProgramError::Failed { said, .. } => {
                let report = Self::new(ErrorCode::BackupFailed, words);
                let hints = room(&said);
                let report = if said.is_empty() { report } else { report.note(said) };
                Self { hints, ..report }
            }
        }
    }
}

impl From<DumpError> for ErrorReport {
    fn from(error: DumpError) -> Self {
        BackupError::from(error).into()
    }
}

/// Hints for a full disk, recognized in the message of the system or of a dump program.
fn room(said: &str) -> Vec<String> {
    let is_full = ["No space left", "Errcode: 28", "errno 28", "disk is full", "Disk quota exceeded"];
    let hint = || {
        "the disk is full: free some space, keep fewer backups (--keep N), or write elsewhere: --folder DIR".to_owned()
    };
    is_full.iter().any(|words| said.contains(words)).then(hint).into_iter().collect()
}

fn refused(words: String, refusal: &BackupRefusal) -> ErrorReport {
    let report = ErrorReport::new(ErrorCode::BackupRefused, words);
    match refusal {
        BackupRefusal::PipeWithJobs => report.hint("remove `jobs` from the config, or use --jobs 1"),
        BackupRefusal::NoUnpipe => report.hint("set it in aludel.yaml: `backup: {unpipe: \"age -d -i key.txt\"}`"),
        BackupRefusal::NoScratch { grant, .. } => {
            report.note("nothing was changed, and no backup was taken").hints(grant.clone()).hint(
                "or create it without --verify, and test it by a restore elsewhere: `aludel restore latest --url URL`",
            )
        }
        BackupRefusal::OtherDialect { .. } => {
            report.hint("name another service with -s, or another database with --url")
        }
        BackupRefusal::InMemory | BackupRefusal::NoFile(_) | BackupRefusal::UnknownFormat(_) => report,
    }
}
