//! Input of lint: texts of revisions, the schema before them, the server, the settings.

use crate::cli::context::Context;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::config::{LintConfig, Service};
use crate::ddl::{DdlServer, Outline};
use crate::diagnostic::{Location, Span, nearest};
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::lint::{LintSettings, RevisionText, RuleLevel, Severity, outline_of, rule_named, rules};
use crate::project::History;
use crate::revision::{BodyContext, Rendered, Section, SourceText, render_section};
use crate::sql::Dialect;

/// Upgrade section of a revision.
pub struct LintedSection {
    pub text: RevisionText,
    path: std::path::PathBuf,
    file: SourceText,
    rendered: Rendered,
    /// Header line of the allowances.
    header: Option<Span>,
}

impl LintedSection {
    /// Returns the place in the file of bytes of the section.
    pub fn locate(&self, span: Span) -> Location {
        self.file.locate(&self.path, self.rendered.in_file(span))
    }

    /// Returns the place of an allowance in the header.
    pub fn header(&self) -> Location {
        self.file.locate(&self.path, self.header.unwrap_or_default())
    }
}

/// Sections, and what could not be read as SQL.
pub struct LintedTexts {
    pub sections: Vec<LintedSection>,
    pub notes: Vec<String>,
}

/// Reads the upgrade sections of revisions, as they would run.
pub fn texts(history: &History, ids: &[RevisionId], context: &Context<'_>) -> Result<LintedTexts, CommandError> {
    let mut texts = LintedTexts { sections: Vec::new(), notes: Vec::new() };
    let variables = context.variables();
    let service = &history.service;
    let dialect = dialect(history);
    let body = BodyContext {
        dialect,
        service: &service.name,
        schema: service.version_schema.as_deref(),
        env: service.env.as_deref(),
        x: &variables,
    };
    for id in ids {
        if history.entry(id).is_ok_and(crate::project::HistoryEntry::is_python) {
            texts.notes.push(format!("{id} is written in Python: its statements are not examined"));
            continue;
        }
        let (path, revision) = history.read_section(id, Section::Upgrade).map_err(CommandError::from)?;
        let rendered = match render_section(&revision, Section::Upgrade, &body) {
            Ok(Some(rendered)) => rendered,
            Ok(None) => continue,
            Err(error) => {
                texts.notes.push(format!("{id} is a template that cannot be rendered here: {}", error.message));
                continue;
            }
        };
        let header = &revision.header;
        let is_set = |time: Option<std::time::Duration>| time.is_some_and(|time| !time.is_zero());
        let text = RevisionText {
            id: id.clone(),
            text: rendered.text.clone(),
            in_transaction: header.transaction,
            has_lock_timeout: is_set(header.options.lock_timeout),
            has_statement_timeout: is_set(header.options.statement_timeout),
            allowances: header.options.lint.clone(),
        };
        let header = crate::revision::Revision::place_of(&revision.text, crate::revision::HeaderKey::Lint);
        texts.sections.push(LintedSection { text, path, file: revision.text, rendered, header });
    }
    Ok(texts)
}

fn dialect(history: &History) -> Dialect {
    history.service.url().map(crate::config::DatabaseUrl::dialect).unwrap_or_default()
}

/// Schema before the examined revisions, and the server.
pub struct Ground {
    /// `None` if it is to be made from the texts.
    pub outline: Option<Outline>,
    pub server: DdlServer,
    pub notes: Vec<String>,
    /// `replayed` or `texts`.
    pub name: &'static str,
}

/// Replays what is below the examined revisions in a shadow, if one can be had.
pub fn ground(
    history: &History,
    rows: &[RevisionId],
    is_offline: bool,
    context: &Context<'_>,
) -> Result<Ground, CommandError> {
    let from_texts = ground_of_texts(history)?;
    if is_offline || history.service.url().is_err() {
        return Ok(from_texts);
    }
    let replayed = Schemas::new(history, context).and_then(|schemas| Ok((schemas.at(rows)?, schemas.server_version())));
    match replayed {
        Ok((schema, version)) => {
            let server = DdlServer {
                dialect: schema.dialect,
                flavour: schema.flavour,
                version: version.or(from_texts.server.version),
            };
            Ok(Ground { outline: Some(outline_of(&schema)), server, notes: Vec::new(), name: "replayed" })
        }
        Err(report) if report.report.code == ErrorCode::Interrupted => Err(report),
        Err(report) => {
            let why = report.report.message;
            let note = format!("no replay, so that the state comes from the texts of the revisions: {why}");
            Ok(Ground { notes: vec![note], ..from_texts })
        }
    }
}

/// State that the texts of the revisions give.
pub fn ground_of_texts(history: &History) -> Result<Ground, CommandError> {
    let server = configured_server(&history.service, dialect(history))?;
    let note = "the state of the schema comes from the texts of the revisions: what a function or a DO block does is not \
                seen";
    Ok(Ground { outline: None, server, notes: vec![note.to_owned()], name: "texts" })
}

/// Server of the config: `mariadb 10.11`.
fn configured_server(service: &Service, dialect: Dialect) -> Result<DdlServer, CommandError> {
    let mut server = DdlServer::current(dialect);
    let Some(text) = &service.lint.server else { return Ok(server) };
    let (product, version) = text.split_once(' ').unwrap_or((text, ""));
    let wrong = || {
        CommandError::new(ErrorCode::ConfigInvalid, format!("lint.server is \"{text}\""))
            .hint("write a product and a version, such as: server: mariadb 10.11")
    };
    server.flavour = dialect.rules().flavour_named(&product.to_lowercase()).ok_or_else(wrong)?;
    server.version = crate::database::version_numbers(version);
    if server.version.is_none() && !version.is_empty() {
        return Err(wrong());
    }
    Ok(server)
}

/// Settings of the rules.
pub fn settings(service: &Service) -> Result<LintSettings, CommandError> {
    let LintConfig { rules: levels, small_table, .. } = &service.lint;
    let mut settings = LintSettings {
        has_lock_timeout: !service.gentle.lock_timeout.is_zero(),
        has_statement_timeout: service.gentle.statement_timeout.is_some_and(|time| !time.is_zero()),
        ..LintSettings::default()
    };
    if let Some(size) = small_table {
        settings.small_table = *size;
    }
    for (rule, level) in levels {
        // A rule of the team's own is known when its folder has been read.
        if rule_named(rule).is_none() && service.lint.own.is_none() {
            let hint = nearest(rule, rules().iter().map(|rule| rule.code)).map(|near| format!("did you mean {near}?"));
            return Err(CommandError::new(ErrorCode::ConfigInvalid, format!("lint.rules: there is no rule {rule}"))
                .hint(hint.unwrap_or_else(|| "docs/lint.md lists the rules".to_owned())));
        }
        let level = Severity::named(level).map_or(RuleLevel::Off, RuleLevel::At);
        settings.levels.insert(rule.clone(), level);
    }
    Ok(settings)
}
