//! Project settings from `alembic.ini` or `pyproject.toml`, and the version table from `env.py`.

use super::ini::{Ini, IniError};
use super::literal::{Literal, literal};
use super::token::{PythonLexer, PythonToken};
use crate::diagnostic::Span;

/// Settings of an Alembic project. Paths are as written, with `%(here)s` replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlembicConfig {
    /// `script_location`: folder that contains `env.py`.
    pub script_location: String,
    /// `version_locations`; if empty, the folder `versions` in `script_location`.
    pub version_locations: Vec<String>,
    /// `recursive_version_locations`: whether subfolders are read.
    pub recursive: bool,
    /// `file_template`, a format string for Python's `%` operator.
    pub file_template: Option<String>,
    /// `timezone` of dates in new files.
    pub timezone: Option<String>,
    /// `truncate_slug_length`: maximum length of a slug.
    pub slug_length: Option<usize>,
    /// `sqlalchemy.url`: URL of the database.
    pub url: Option<String>,
    /// `[post_write_hooks]`: commands that run on new files.
    pub hooks: Vec<AlembicHook>,
}

/// A hook with its complete command line, in which `REVISION_SCRIPT_FILENAME` stands for the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlembicHook {
    /// Name of the hook.
    pub name: String,
    /// Command line.
    pub command: String,
}

/// Reads section `section` of an ini file. Returns `None` if it has no `script_location`.
///
/// # Errors
/// [`IniError`] if an option refers to one that does not exist.
pub fn from_ini(ini: &Ini, section: &str, here: &str) -> Result<Option<AlembicConfig>, IniError> {
    let get = |option: &str| Ok(ini.get(section, option, here)?.filter(|value| !value.is_empty()));
    let Some(script_location) = get("script_location")? else { return Ok(None) };
    let separator = match get("path_separator")? {
        Some(separator) => Some(separator),
        None => get("version_path_separator")?,
    };
    Ok(Some(AlembicConfig {
        script_location,
        version_locations: get("version_locations")?.map(|list| split(&list, separator.as_deref())).unwrap_or_default(),
        recursive: get("recursive_version_locations")?.as_deref() == Some("true"),
        file_template: get("file_template")?,
        timezone: get("timezone")?,
        slug_length: get("truncate_slug_length")?.and_then(|number| number.parse().ok()),
        url: get("sqlalchemy.url")?,
        hooks: ini_hooks(ini, here)?,
    }))
}

/// Reads `[tool.alembic]` of a `pyproject.toml`. Returns `None` if it has no `script_location`.
///
/// # Errors
/// The line and the error of a file that is not TOML.
pub fn from_toml(text: &str, here: &str) -> Result<Option<AlembicConfig>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let document: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().map_or("", |span| &text[..span.start]);
        format!("line {}: {}", before.matches('\n').count() + 1, error.message())
    })?;
    let table = document.get("tool").and_then(|tool| tool.get("alembic")).and_then(toml::Value::as_table);
    Ok(table.and_then(|table| from_table(table, here)))
}

fn from_table(table: &toml::Table, here: &str) -> Option<AlembicConfig> {
    let filled = |text: &str| text.replace("%(here)s", here).replace("%%", "%");
    let text = |name: &str| table.get(name)?.as_str().map(filled).filter(|text| !text.is_empty());
    let list = |name: &str| table.get(name).and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let hook = |value: &toml::Value| {
        let get = |name: &str| value.get(name)?.as_str().map(filled);
        hook(&get("name").unwrap_or_default(), &get)
    };
    let length = table.get("truncate_slug_length").and_then(toml::Value::as_integer);
    Some(AlembicConfig {
        script_location: text("script_location")?,
        version_locations: list("version_locations").iter().filter_map(|path| path.as_str().map(filled)).collect(),
        recursive: table.get("recursive_version_locations").and_then(toml::Value::as_bool) == Some(true),
        file_template: text("file_template"),
        timezone: text("timezone"),
        slug_length: length.and_then(|length| length.try_into().ok()),
        url: None,
        hooks: list("post_write_hooks").iter().filter_map(hook).collect(),
    })
}

/// Splits a list of paths like Alembic's `Config.get_version_locations_list`.
fn split(list: &str, separator: Option<&str>) -> Vec<String> {
    let separators: &[char] = match separator {
        Some("space") => &[' '],
        Some("newline") => &['\n'],
        Some("os" | ":") => &[':'],
        Some(";") => &[';'],
        _ => &[' ', ',', '\n'],
    };
    list.split(separators).map(str::trim).filter(|path| !path.is_empty()).map(str::to_owned).collect()
}

fn ini_hooks(ini: &Ini, here: &str) -> Result<Vec<AlembicHook>, IniError> {
    const SECTION: &str = "post_write_hooks";
    let names = ini.get(SECTION, "hooks", here)?.unwrap_or_default();
    let mut hooks = Vec::new();
    for name in names.split([' ', ',', '\n']).filter(|name| !name.is_empty()) {
        let get = |option: &str| ini.get(SECTION, &format!("{name}.{option}").to_lowercase(), here).ok().flatten();
        hooks.extend(hook(name, &get));
    }
    Ok(hooks)
}

fn hook(name: &str, get: &dyn Fn(&str) -> Option<String>) -> Option<AlembicHook> {
    let program = match get("type")?.as_str() {
        "console_scripts" => get("entrypoint")?,
        "exec" => get("executable")?,
        "module" => format!("python -m {}", get("module")?),
        _ => return None,
    };
    const FILE: &str = "REVISION_SCRIPT_FILENAME";
    let options = get("options").unwrap_or_default();
    let options = if options.contains(FILE) { options } else { format!("{FILE} {options}") };
    Some(AlembicHook { name: name.to_owned(), command: format!("{program} {}", options.trim()) })
}

/// Value that `env.py` passes to `context.configure` for an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Configured {
    /// The argument is not passed.
    Unset,
    /// The value is a string constant.
    Plain(String),
    /// The value can only be determined by running the file. Holds the span of the assignment.
    Computed(Span),
}

/// Determines the value that `env.py` passes to `context.configure` as `name` (`version_table`,
/// `version_table_schema`). Analyzes the text only.
#[must_use]
pub fn configured(env: &str, name: &str) -> Configured {
    let mut found = Configured::Unset;
    let tokens = tokens(env);
    for (index, window) in tokens.windows(4).enumerate() {
        let [key, sign, value, end] = window else { continue };
        let is_named = match key {
            PythonToken::Name(span) => span.slice(env) == name && sign.is(b'='),
            PythonToken::Text(span) => literal_at(env, *span).as_deref() == Some(name) && sign.is(b':'),
            _ => false,
        };
        // At the beginning of a line, `version_table = ...` assigns a variable and is not an argument.
        let starts_line =
            index == 0 || tokens.get(index - 1).is_some_and(|before| matches!(before, PythonToken::Newline(_)));
        if !is_named || (starts_line && matches!(key, PythonToken::Name(_))) {
            continue;
        }
        let ends = end.is(b',')
            || end.is(b')')
            || end.is(b'}')
            || matches!(end, PythonToken::Newline(_) | PythonToken::End(_));
        let plain = match value {
            PythonToken::Text(span) if ends => literal_at(env, *span),
            PythonToken::Name(span) if ends && span.slice(env) == "None" => continue,
            PythonToken::Name(span) if ends => constant(env, &tokens, span.slice(env)),
            _ => None,
        };
        match (plain, &found) {
            (Some(text), Configured::Unset) => found = Configured::Plain(text),
            (Some(text), Configured::Plain(known)) if text == *known => {}
            _ => return Configured::Computed(Span::new(key.span().start, value.span().end)),
        }
    }
    found
}

/// Returns the environment variables that `env.py` reads: `os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`.
#[must_use]
pub fn environment_variables(env: &str) -> Vec<String> {
    let tokens = tokens(env);
    let mut names = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let PythonToken::Name(span) = token else { continue };
        let is_reader = matches!(span.slice(env), "environ" | "getenv");
        let ahead = tokens[index + 1..].iter().take(4);
        let first = ahead.take_while(|token| !matches!(token, PythonToken::Newline(_))).find_map(|token| match token {
            PythonToken::Text(span) => literal_at(env, *span),
            _ => None,
        });
        names.extend(first.filter(|name| is_reader && !names.contains(name)));
    }
    names
}

fn tokens(env: &str) -> Vec<PythonToken> {
    let mut lexer = PythonLexer::new(env, 0);
    let mut tokens = Vec::new();
    while let Ok(token) = lexer.next() {
        tokens.push(token);
        if matches!(token, PythonToken::End(_)) {
            break;
        }
    }
    tokens
}

fn literal_at(env: &str, span: Span) -> Option<String> {
    match literal(span.slice(env)) {
        Literal::Text(text) => Some(text),
        _ => None,
    }
}

/// Returns the string constant assigned to the variable `name`. `None` if the variable is assigned several times or not
/// to a constant.
fn constant(env: &str, tokens: &[PythonToken], name: &str) -> Option<String> {
    // Only lines that start with the name are assignments: the lexer produces no newline token within brackets, so an
    // argument never follows one.
    let first = [PythonToken::Newline(Span::default())];
    let lines: Vec<PythonToken> = first.into_iter().chain(tokens.iter().copied()).collect();
    let mut values = lines.windows(4).filter_map(|window| {
        let [PythonToken::Newline(_), PythonToken::Name(span), sign, value] = window else { return None };
        (span.slice(env) == name && sign.is(b'=')).then_some(*value)
    });
    match (values.next(), values.next()) {
        (Some(PythonToken::Text(span)), None) => literal_at(env, span),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_ini_file_says_where_and_how() {
        let text = "[alembic]\nscript_location = %(here)s/mig\nversion_locations = a:b : %(here)s/c\npath_separator = os\n\
            recursive_version_locations = true\nfile_template = %%(year)d_%%(rev)s\ntimezone = UTC\n\
            truncate_slug_length = 20\nsqlalchemy.url = postgresql://u:p%%25@h/d\n[post_write_hooks]\nhooks = black, sqlfluff\n\
            black.type = console_scripts\nblack.entrypoint = black\nblack.options = -l 79 REVISION_SCRIPT_FILENAME\n\
            sqlfluff.type = exec\nsqlfluff.executable = sqlfluff\n";
        let config = from_ini(&Ini::read(text), "alembic", "/p").unwrap().unwrap();
        assert_eq!(config.script_location, "/p/mig");
        assert_eq!(config.version_locations, ["a", "b", "/p/c"]);
        assert!(config.recursive);
        assert_eq!(config.file_template.as_deref(), Some("%(year)d_%(rev)s"));
        assert_eq!(config.url.as_deref(), Some("postgresql://u:p%25@h/d"));
        assert_eq!(config.slug_length, Some(20));
        let hooks: Vec<_> = config.hooks.iter().map(|hook| hook.command.as_str()).collect();
        assert_eq!(hooks, ["black -l 79 REVISION_SCRIPT_FILENAME", "sqlfluff REVISION_SCRIPT_FILENAME"]);
        assert_eq!(from_ini(&Ini::read(text), "other", "/p").unwrap(), None);
    }

    #[test]
    fn a_pyproject_says_the_same() {
        let text = "[project]\nname = \"x\"\n[tool.alembic]\n# where\nscript_location = \"%(here)s/mig\"  # here\n\
            version_locations = [\n  \"%(here)s/a\",\n  'b',\n]\nrecursive_version_locations = true\n\
            file_template = \"%%(rev)s\"\ntruncate_slug_length = 30\n\n[[tool.alembic.post_write_hooks]]\nname = \"ruff\"\n\
            type = \"module\"\nmodule = \"ruff\"\noptions = \"check --fix REVISION_SCRIPT_FILENAME\"\n[tool.other]\n\
            script_location = \"no\"\n";
        let config = from_toml(text, "/p").unwrap().unwrap();
        assert_eq!((&*config.script_location, config.recursive), ("/p/mig", true));
        assert_eq!(config.version_locations, ["/p/a", "b"]);
        assert_eq!(config.file_template.as_deref(), Some("%(rev)s"));
        assert_eq!(config.slug_length, Some(30));
        assert_eq!(config.hooks[0].command, "python -m ruff check --fix REVISION_SCRIPT_FILENAME");
        assert_eq!(from_toml("[tool.black]\nline-length = 79\n", "/p"), Ok(None));
        let inline = "tool.alembic = { script_location = '%(here)s\\m', \"truncate_slug_length\" = 3_0 }\n";
        let config = from_toml(inline, "/p").unwrap().unwrap();
        assert_eq!((&*config.script_location, config.slug_length), ("/p\\m", Some(30)));
        let error = from_toml("[tool.alembic]\nscript_location = \"m\nx = 1\n", "/p").unwrap_err();
        assert!(error.starts_with("line 2: "), "{error}");
    }

    #[test]
    fn version_tables_are_found_where_they_are_plain() {
        let of = |env: &str| configured(env, "version_table");
        let plain = |name: &str| Configured::Plain(name.to_owned());
        assert_eq!(of("context.configure(url=url)\n"), Configured::Unset);
        assert_eq!(
            of("context.configure(\n  version_table=\"a_version\",\n)\n# version_table='no'"),
            plain("a_version")
        );
        let twice = "context.configure(version_table='a')\ncontext.configure(c, version_table = 'a')";
        assert_eq!(of(twice), plain("a"));
        assert_eq!(of("VERSIONS = 'v'\nopts = {\"version_table\": VERSIONS}\n"), plain("v"));
        assert_eq!(of("version_table = 'v'\ncontext.configure(version_table=version_table)"), plain("v"));
        assert_eq!(of("f(version_table=None, version_table_schema='s')"), Configured::Unset);
        for computed in [
            "f(version_table=settings.TABLE)",
            "f(version_table=f'{x}_version')",
            "f(version_table=name + '_v')",
            "f(version_table='a')\nf(version_table='b')",
        ] {
            assert!(matches!(of(computed), Configured::Computed(_)), "{computed}");
        }
    }

    #[test]
    fn environment_variables_are_found() {
        let env = "url = os.environ['A_URL']\nx = os.getenv(\"B\", 'x')\ny = os.environ.get('C')\nz = environ\n'D'\n";
        assert_eq!(environment_variables(env), ["A_URL", "B", "C"]);
    }
}
