//! Cases of the lint rules: each line says if the rule must find something in a revision, on the schema that all cases
//! start from.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use aludel::ddl::{DdlServer, Outline};
use aludel::id::RevisionId;
use aludel::lint::{
    KnownSize, LintSettings, Linter, NoOwnRules, RevisionText, Rule, RuleLevel, Severity, TableSizes, rule_named, rules,
};
use aludel::sql::{Dialect, TableName};

/// Line of a case file.
struct LintCase {
    /// Code of the rule.
    rule: String,
    dialect: Dialect,
    /// The rule must find something.
    is_found: bool,
    in_transaction: bool,
    has_timeout: bool,
    server: DdlServer,
    sizes: TableSizes,
    /// Statements that ran before the revision.
    before: String,
    /// The revision.
    sql: String,
    line: usize,
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lint"))
}

fn cases() -> Vec<LintCase> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder().join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let rule = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut dialect = None;
        for (number, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                dialect = Some(Dialect::named(name).unwrap());
            } else if line.starts_with(['+', '-']) {
                cases.push(case(&rule, dialect.unwrap(), line, number + 1));
            } else {
                assert!(line.trim().is_empty() || line.starts_with('#'), "{}:{}: {line}", path.display(), number + 1);
            }
        }
    }
    cases
}

fn case(rule: &str, dialect: Dialect, line: &str, number: usize) -> LintCase {
    let (sign, rest) = line.split_at(1);
    let mut rest = rest.trim();
    let mut modifiers = "";
    if let Some(inner) = rest.strip_prefix('{') {
        (modifiers, rest) = inner.split_once('}').unwrap();
    }
    let (before, sql) = rest.split_once(" || ").unwrap_or(("", rest));
    let mut case = LintCase {
        rule: rule.to_owned(),
        dialect,
        is_found: sign == "+",
        in_transaction: true,
        has_timeout: false,
        server: default_server(dialect),
        sizes: TableSizes::default(),
        before: before.trim().to_owned(),
        sql: sql.trim().to_owned(),
        line: number,
    };
    for modifier in modifiers.split(';').map(str::trim).filter(|modifier| !modifier.is_empty()) {
        match modifier.split_once(':').map_or((modifier, ""), |(name, value)| (name.trim(), value.trim())) {
            ("transaction", "false") => case.in_transaction = false,
            ("timeout", "") => case.has_timeout = true,
            ("fails", _) => {}
            ("server", name) => case.server = server(dialect, name),
            ("rows", size) => {
                let (table, rows) = size.split_once(' ').unwrap();
                let table = TableName { schema: None, name: table.to_owned() };
                case.sizes.add(table, KnownSize { rows: Some(rows.parse().unwrap()), bytes: 1 << 40 });
            }
            ("changes", changes) => {
                let (table, number) = changes.split_once(' ').unwrap();
                for number in 0..number.parse::<usize>().unwrap() {
                    write!(case.before, "ALTER TABLE {table} ADD COLUMN added_{number} int;").unwrap();
                }
            }
            other => panic!("{rule}:{number}: {other:?}"),
        }
    }
    case
}

/// `mariadb 10.11`.
fn server(dialect: Dialect, name: &str) -> DdlServer {
    let (product, version) = name.split_once(' ').unwrap();
    let mut numbers = version.split('.').map(|number| number.parse().unwrap());
    let version = Some((numbers.next().unwrap(), numbers.next().unwrap_or(0)));
    let flavour = dialect.rules().flavour_named(product).unwrap_or_else(|| dialect.rules().default_flavour());
    DdlServer { dialect, flavour, version }
}

fn default_server(dialect: Dialect) -> DdlServer {
    match dialect.name() {
        "mysql" => server(dialect, "mariadb 10.11"),
        "sqlite" => server(dialect, "sqlite 3.50"),
        _ => server(dialect, "postgresql 15.0"),
    }
}

fn id(text: &str) -> RevisionId {
    RevisionId::new(text).unwrap()
}

fn text(id_text: &str, sql: &str, in_transaction: bool, has_timeout: bool) -> RevisionText {
    RevisionText {
        id: id(id_text),
        text: sql.to_owned(),
        in_transaction,
        has_lock_timeout: has_timeout,
        has_statement_timeout: false,
        allowances: Vec::new(),
    }
}

/// Returns the rules that find something in a case.
fn found(case: &LintCase, schemas: &BTreeMap<&str, Outline>) -> Vec<(String, String)> {
    let levels =
        rules().iter().map(|rule| (rule.code.to_owned(), RuleLevel::At(rule.severity.unwrap_or(Severity::Info))));
    let settings = LintSettings { levels: levels.collect(), ..LintSettings::default() };
    let linter = Linter { settings: &settings, server: case.server, sizes: &case.sizes, own: &NoOwnRules };
    let history = [text("before", &case.before, true, false)];
    let outline = linter.outline_after(schemas[case.dialect.name()].clone(), &history);
    let revision = text("case", &case.sql, case.in_transaction, case.has_timeout);
    let report = linter.examine(&outline, &[revision]).unwrap_or_else(|error| panic!("{}: {error:?}", case.sql));
    report.findings.into_iter().map(|finding| (finding.rule, finding.text)).collect()
}

/// What the schemas that all cases start from hold, by dialect.
fn schemas() -> BTreeMap<&'static str, Outline> {
    let outline = |name: &'static str| {
        let dialect = Dialect::named(name).unwrap();
        let sql = std::fs::read_to_string(folder().join(format!("schema/{name}.sql"))).unwrap();
        let (settings, sizes) = (LintSettings::default(), TableSizes::default());
        let linter = Linter { settings: &settings, server: default_server(dialect), sizes: &sizes, own: &NoOwnRules };
        (name, linter.outline_after(Outline::new(dialect), &[text("schema", &sql, true, false)]))
    };
    ["postgresql", "mysql", "sqlite"].into_iter().map(outline).collect()
}

/// Precision and recall of each rule on its cases. The goals: 98% and 95%.
#[test]
#[allow(clippy::print_stdout, reason = "the figures are shown with --nocapture")]
fn rules_find_what_their_cases_say() {
    let schemas = schemas();
    let mut counts: BTreeMap<(String, &str), [usize; 4]> = BTreeMap::new();
    let mut wrong = String::new();
    for case in cases() {
        assert!(rule_named(&case.rule).is_some(), "there is no rule {}", case.rule);
        let found = found(&case, &schemas);
        let is_found = found.iter().any(|(rule, _)| *rule == case.rule);
        let counts = counts.entry((case.rule.clone(), case.dialect.name())).or_default();
        counts[usize::from(case.is_found) * 2 + usize::from(is_found)] += 1;
        if is_found != case.is_found {
            let what = if case.is_found { "missed" } else { "false alarm" };
            let texts: Vec<_> = found.iter().filter(|(rule, _)| *rule == case.rule).map(|(_, text)| text).collect();
            let (rule, line, dialect) = (&case.rule, case.line, case.dialect.name());
            writeln!(wrong, "{rule}:{line} {dialect}: {what}: {} || {} {texts:?}", case.before, case.sql).unwrap();
        }
    }
    let total = counts.values().fold([0; 4], |total, own| std::array::from_fn(|at| total[at] + own[at]));
    let [_, false_alarms, missed, right] = total;
    let precision = right as f64 / (right + false_alarms) as f64;
    let recall = right as f64 / (right + missed) as f64;
    println!("{} cases: precision {precision:.4}, recall {recall:.4}", total.iter().sum::<usize>());
    print!("{wrong}");
    assert!(precision >= 0.98 && recall >= 0.95, "{wrong}precision {precision:.4}, recall {recall:.4}");
}

/// Statements that no rule understands would make all rules silent.
#[test]
fn every_statement_of_the_cases_is_understood() {
    let schemas = schemas();
    let mut wrong = String::new();
    for case in cases() {
        let not = found(&case, &schemas)
            .into_iter()
            .filter(|(rule, text)| rule == "not-understood" && !text.contains("runs code that lint cannot see"));
        for (_, text) in not {
            writeln!(wrong, "{}:{}: {text}: {}", case.rule, case.line, case.sql).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Line of docs/lint.md behind which the rules are listed.
const GENERATED: &str =
    "<!-- The rest of the page comes from src/lint/rules: UPDATE_DOCS=1 cargo test --test pure lint_ -->\n";

/// The part of docs/lint.md that comes from the rules.
fn listed_rules() -> String {
    let mut text = String::new();
    for rule in rules() {
        let names: Vec<_> = rule.dialects.iter().map(|dialect| product(*dialect)).collect();
        let severity = rule.severity.map_or("off", Severity::name);
        let scales = if rule.scales { "; less on a small table" } else { "" };
        let line = wrapped(&format!("{}. {}: {severity}{scales}.", rule.title, names.join(", ")));
        write!(text, "\n### {}\n\n{line}\n", rule.code).unwrap();
        writeln!(text, "\n{}", wrapped(rule.danger)).unwrap();
        writeln!(text, "\n{}", wrapped(&format!("Instead: {}", rule.safe))).unwrap();
        writeln!(text, "\n{}", wrapped(&allowed(rule))).unwrap();
    }
    text
}

/// How the findings of a rule are accepted.
fn allowed(rule: &Rule) -> String {
    let code = rule.code;
    match rule.severity {
        // About the files, or about allowances themselves: no comment can allow those.
        _ if code == "history-edited" => {
            format!("Allow it: `lint: allow {code} because ...` in the header of the file.")
        }
        _ if !is_of_statements(code) => format!("Allow it: `{code}: off` in `lint: rules:` of the config."),
        None => {
            format!("Turn it on: `{code}: warning` in `lint: rules:`. Allow it: `-- lint: allow {code} because ...`.")
        }
        Some(_) => format!("Allow it: `-- lint: allow {code} because ...` before the statement."),
    }
}

/// Rules about the history and about allowances look at no statement.
fn is_of_statements(code: &str) -> bool {
    !code.starts_with("history-") && !code.starts_with("allow-")
}

fn product(dialect: Dialect) -> &'static str {
    match dialect.name() {
        "mysql" => "MySQL and MariaDB",
        "sqlite" => "SQLite",
        _ => "PostgreSQL",
    }
}

/// Breaks a text into lines of at most 120 characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().unwrap();
        if line.chars().count() + word.chars().count() >= 120 {
            lines.push(word.to_owned());
        } else {
            let blank = if line.is_empty() { "" } else { " " };
            line.push_str(&format!("{blank}{word}"));
        }
    }
    lines.join("\n")
}

#[test]
fn lint_page_lists_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let (own, _) = written.split_once(GENERATED).unwrap();
    let now = format!("{own}{GENERATED}{}", listed_rules());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == now, "docs/lint.md is out of date: UPDATE_DOCS=1 cargo test --test pure lint_");
}

/// 15 cases for each rule and dialect, except for rules about the history and about allowances.
#[test]
fn lint_rules_have_cases() {
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for case in cases() {
        *counts.entry((case.rule, case.dialect.name())).or_default() += 1;
    }
    for rule in rules().iter().filter(|rule| is_of_statements(rule.code) && rule.code != "not-understood") {
        for dialect in rule.dialects {
            let count = counts.get(&(rule.code.to_owned(), dialect.name())).copied().unwrap_or_default();
            assert!(count >= 15, "{} has {count} cases for {}", rule.code, dialect.name());
        }
    }
}
