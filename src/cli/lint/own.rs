//! Rules of a team's own, from the folder that the config names.

use std::cell::RefCell;
use std::path::Path;

use crate::cli::report::CommandError;
use crate::ddl::Outline;
use crate::error_code::ErrorCode;
use crate::lint::{LintedRevision, OwnFinding, OwnRule, OwnRules, OwnTable, Severity, own_tables, rule_named};
use crate::yaml::{self, YamlNode};

/// Rules that were read, and the first failure of one of their queries.
#[derive(Default)]
pub struct OwnRuleSet {
    rules: Vec<OwnRule>,
    failure: RefCell<Option<CommandError>>,
}

impl OwnRuleSet {
    /// Reads the rules of a folder; none without one.
    pub fn read(folder: Option<&Path>) -> Result<Self, CommandError> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        let failed = |path: &Path, reason: &str| {
            CommandError::new(ErrorCode::ConfigInvalid, format!("{}: {reason}", path.display()))
                .hint("a rule of your own has `name`, `text`, `query` and, if you like, `severity`: docs/lint.md")
        };
        let entries = std::fs::read_dir(folder).map_err(|error| failed(folder, &error.to_string()))?;
        let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"));
        paths.sort();
        let read = |path: &std::path::PathBuf| {
            let text = std::fs::read_to_string(path).map_err(|error| failed(path, &error.to_string()))?;
            rule(&text).map_err(|reason| failed(path, &reason))
        };
        Ok(Self { rules: paths.iter().map(read).collect::<Result<_, _>>()?, failure: RefCell::default() })
    }

    /// Returns the first failure of a query.
    pub fn failure(self) -> Result<(), CommandError> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }

    fn fail(&self, rule: &OwnRule, reason: &str) {
        let mut failure = self.failure.borrow_mut();
        if failure.is_none() {
            let message = format!("the query of the rule {} cannot run: {reason}", rule.name);
            *failure =
                Some(CommandError::new(ErrorCode::ConfigInvalid, message).hint(
                    "it reads statements, tables_before, tables_after, columns_..., indexes_..., constraints_...",
                ));
        }
    }
}

fn rule(text: &str) -> Result<OwnRule, String> {
    let YamlNode::Map(entries) = yaml::parse(text).map_err(|error| error.message)? else {
        return Err("it is not a mapping of keys to values".to_owned());
    };
    let mut rule =
        OwnRule { name: String::new(), text: String::new(), severity: Severity::Warning, query: String::new() };
    for (key, node) in &entries {
        let YamlNode::Scalar { text, .. } = node else { return Err(format!("`{key}` is not a text")) };
        match key.as_str() {
            "name" => rule.name.clone_from(text),
            "text" => rule.text.clone_from(text),
            "query" => rule.query.clone_from(text),
            "severity" => {
                rule.severity = Severity::named(text).ok_or("`severity` is error, warning or info")?;
            }
            _ => return Err(format!("it has the unknown key `{key}`")),
        }
    }
    let is_plain = rule.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if rule.name.is_empty() || !is_plain || rule_named(&rule.name).is_some() {
        return Err("`name` is missing, is not in kebab-case, or is the name of a built-in rule".to_owned());
    }
    if rule.text.is_empty() || rule.query.trim().is_empty() {
        return Err("`text` or `query` is missing".to_owned());
    }
    Ok(rule)
}

impl OwnRules for OwnRuleSet {
    fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    fn has(&self, name: &str) -> bool {
        self.rules.iter().any(|rule| rule.name == name)
    }

    fn check(&self, before: &Outline, revision: &LintedRevision, after: &Outline) -> Vec<OwnFinding> {
        let tables = own_tables(before, revision, after);
        let mut found = Vec::new();
        for rule in &self.rules {
            match query(&tables, &rule.query) {
                Ok(rows) => found.extend(rows.into_iter().map(|row| finding(rule, &row))),
                Err(reason) => self.fail(rule, &reason),
            }
        }
        found
    }
}

fn finding(rule: &OwnRule, row: &[Option<String>]) -> OwnFinding {
    let statement = row.first().cloned().flatten().and_then(|number| number.parse::<usize>().ok());
    let added = row.get(1).cloned().flatten();
    let text = match added {
        Some(added) => format!("{}: {added}", rule.text),
        None => rule.text.clone(),
    };
    let statement = statement.and_then(|number| number.checked_sub(1));
    OwnFinding { rule: rule.name.clone(), severity: rule.severity, statement, text }
}

#[cfg(feature = "sqlite")]
fn query(tables: &[OwnTable], query: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    let tables: Vec<_> = tables.iter().map(|table| (table.name, table.columns, table.rows.as_slice())).collect();
    crate::drivers::query_rows(&tables, query)
}

#[cfg(not(feature = "sqlite"))]
fn query(_tables: &[OwnTable], _query: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    Err("this aludel was built without SQLite, which runs such queries".to_owned())
}
