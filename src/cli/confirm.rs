//! Confirmation before a command that destroys data.

use std::io::{BufRead as _, Write as _};

use super::context::Context;
use super::report::CommandError;
use crate::config::Service;
use crate::error_code::ErrorCode;
use crate::report::printable::one_line;

/// Refuses a service that the config protects.
pub fn refuse_protected(service: &Service, what: &str) -> Result<(), CommandError> {
    if !service.schema.protected {
        return Ok(());
    }
    Err(CommandError::new(ErrorCode::Protected, format!("{what} refused: the service is protected"))
        .of_service(&service.name)
        .note("nothing was changed")
        .hint("the config has `protected: true`"))
}

/// Refuses a protected service; otherwise requires the user to type the name of the database, unless `--yes` is set.
pub fn pass(service: &Service, what: &str, context: &Context<'_>) -> Result<(), CommandError> {
    refuse_protected(service, what)?;
    if context.global.yes {
        return Ok(());
    }
    let name = service.database_name();
    let shown = service.url_for_people();
    let refused = |report: CommandError| Err(report.of_service(&service.name).note("nothing was changed"));
    if !(console::user_attended_stderr() && std::io::IsTerminal::is_terminal(&std::io::stdin())) {
        return refused(
            CommandError::usage(format!("{what} of {shown} must be confirmed"))
                .hint("--yes confirms where there is no terminal"),
        );
    }
    let mut stderr = std::io::stderr().lock();
    let asked =
        write!(stderr, "{what} of {}\ntype the database's name ({}) to continue: ", one_line(&shown), one_line(&name))
            .and_then(|()| stderr.flush());
    let mut line = String::new();
    match asked.and_then(|()| std::io::stdin().lock().read_line(&mut line)) {
        Ok(_) if line.trim() == name => Ok(()),
        _ => refused(CommandError::new(ErrorCode::NotConfirmed, "that is not the database's name")),
    }
}
