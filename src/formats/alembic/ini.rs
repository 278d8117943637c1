//! Parser for `alembic.ini` that follows Python's configparser: sections, continuation lines, `%(name)s`. Source:
//! <https://docs.python.org/3/library/configparser.html>.

use std::collections::BTreeMap;

/// Sections and options of an ini file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ini {
    sections: BTreeMap<String, BTreeMap<String, String>>,
    order: Vec<String>,
}

/// Reference to another option that cannot be replaced by its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IniError {
    /// The other option does not exist.
    #[error("`{option}` of [{section}] names %({name})s, which is not defined")]
    Missing {
        /// Section of the option.
        section: String,
        /// Name of the option.
        option: String,
        /// Name of the missing option.
        name: String,
    },
    /// The other options refer to each other in a cycle, or are nested too deep.
    #[error(
        "`{option}` of [{section}] cannot be read: %({name})s is the end of more than {DEPTH} references, as when options \
         refer to each other in a cycle"
    )]
    TooDeep {
        /// Section of the option.
        section: String,
        /// Name of the option.
        option: String,
        /// Name of the option at which the search stopped.
        name: String,
    },
}

/// Maximum depth of references between options (`MAX_INTERPOLATION_DEPTH` of configparser).
const DEPTH: usize = 10;
/// Section with the defaults of all other sections.
const DEFAULT: &str = "DEFAULT";

impl Ini {
    /// Parses the text. Ignores lines that are neither a section nor an option.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut ini = Self::default();
        let mut section = String::new();
        let mut option: Option<(String, usize)> = None;
        for line in text.trim_start_matches('\u{feff}').lines() {
            let content = line.trim();
            let indent = line.len() - line.trim_start().len();
            if content.is_empty() || content.starts_with(['#', ';']) {
                continue;
            }
            let continued = option.as_ref().filter(|(_, before)| indent > *before);
            if let Some((key, _)) = continued {
                let options = ini.sections.entry(section.clone()).or_default();
                let value = options.entry(key.clone()).or_default();
                value.push('\n');
                value.push_str(content);
            } else if let Some(name) = header(content) {
                section = name.to_owned();
                option = None;
                if !ini.sections.contains_key(name) {
                    ini.order.push(section.clone());
                    ini.sections.insert(section.clone(), BTreeMap::new());
                }
            } else if let Some((key, value)) = content.split_once(['=', ':']) {
                let key = key.trim().to_lowercase();
                ini.sections.entry(section.clone()).or_default().insert(key.clone(), value.trim().to_owned());
                option = Some((key, indent));
            }
        }
        ini
    }

    /// Returns the names of the sections, in the order of the file.
    #[must_use]
    pub fn sections(&self) -> &[String] {
        &self.order
    }

    /// Returns the names of a section's options, without those of `[DEFAULT]`.
    pub fn options(&self, section: &str) -> impl Iterator<Item = &str> {
        self.sections.get(section).into_iter().flat_map(|options| options.keys().map(String::as_str))
    }

    /// Returns the value of an option with all references replaced. `here` is the folder of the file.
    ///
    /// # Errors
    /// [`IniError`] if the value refers to an option that does not exist, or to itself through others.
    pub fn get(&self, section: &str, option: &str, here: &str) -> Result<Option<String>, IniError> {
        let Some(raw) = self.raw(section, option) else { return Ok(None) };
        self.filled(section, option, raw, here, 0).map(Some)
    }

    fn raw(&self, section: &str, option: &str) -> Option<&str> {
        let of = |section: &str| self.sections.get(section)?.get(option).map(String::as_str);
        of(section).or_else(|| of(DEFAULT))
    }

    fn filled(&self, section: &str, option: &str, raw: &str, here: &str, depth: usize) -> Result<String, IniError> {
        let mut value = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((before, after)) = rest.split_once('%') {
            value.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                value.push('%');
                rest = after;
                continue;
            }
            let named = after.strip_prefix('(').and_then(|after| after.split_once(")s"));
            let Some((name, after)) = named else {
                // configparser rejects a single `%`; it is taken literally here.
                value.push('%');
                rest = after;
                continue;
            };
            let inner = match self.raw(section, &name.to_lowercase()) {
                Some(inner) if depth < DEPTH => self.filled(section, option, inner, here, depth + 1)?,
                _ if name == "here" => here.to_owned(),
                other => {
                    let (section, option, name) = (section.to_owned(), option.to_owned(), name.to_owned());
                    return Err(match other {
                        Some(_) => IniError::TooDeep { section, option, name },
                        None => IniError::Missing { section, option, name },
                    });
                }
            };
            value.push_str(&inner);
            rest = after;
        }
        value.push_str(rest);
        Ok(value)
    }
}

fn header(content: &str) -> Option<&str> {
    content.strip_prefix('[')?.split_once(']').map(|(name, _)| name)
}

/// Returns the text with `option` of `section` set to `value`, and otherwise unchanged. A `%` in the value is doubled.
#[must_use]
pub fn with_option(text: &str, section: &str, option: &str, value: &str) -> String {
    let line = format!("{option} = {}\n", value.replace('%', "%%"));
    let mut changed = String::with_capacity(text.len() + line.len());
    let (mut inside, mut skipping, mut is_set) = (false, false, false);
    for old in text.split_inclusive('\n') {
        let content = old.trim();
        if let (Some(name), false) = (header(content), old.starts_with([' ', '\t'])) {
            inside = name == section;
            skipping = false;
            changed.push_str(old);
            if inside && !is_set {
                changed.push_str(if old.ends_with('\n') { "" } else { "\n" });
                changed.push_str(&line);
                is_set = true;
            }
            continue;
        }
        let key = content.split_once(['=', ':']).map(|(key, _)| key.trim().to_lowercase());
        if inside && !old.starts_with([' ', '\t']) && !content.is_empty() {
            skipping = key.as_deref() == Some(option);
        }
        if !(skipping && inside) || content.starts_with(['#', ';']) {
            changed.push_str(old);
        }
    }
    if !is_set {
        changed.push_str(&format!("\n[{section}]\n{line}"));
    }
    changed
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# a comment
[DEFAULT]
user = me
[alembic]
script_location = %(here)s/mig
version_locations =
    %(here)s/a
    # between
    %(here)s/b
sqlalchemy.url = postgresql://%(user)s:p%%40ss@h/d
file_template = %%(rev)s_%%(slug)s
Empty =

[second]
sqlalchemy.url: sqlite:///x.db
bad = %(nothing)s
one = %(two)s
two = %(one)s
";

    #[test]
    fn options_are_read_as_configparser_reads_them() {
        let ini = Ini::read(TEXT);
        let get = |section: &str, option: &str| ini.get(section, option, "/p").unwrap();
        assert_eq!(get("alembic", "script_location").as_deref(), Some("/p/mig"));
        assert_eq!(get("alembic", "version_locations").as_deref(), Some("\n/p/a\n/p/b"));
        assert_eq!(get("alembic", "sqlalchemy.url").as_deref(), Some("postgresql://me:p%40ss@h/d"));
        assert_eq!(get("alembic", "file_template").as_deref(), Some("%(rev)s_%(slug)s"));
        assert_eq!(get("alembic", "empty").as_deref(), Some(""));
        assert_eq!(get("second", "sqlalchemy.url").as_deref(), Some("sqlite:///x.db"));
        assert_eq!(get("second", "user").as_deref(), Some("me"));
        assert_eq!(get("second", "nothing"), None);
        let error = |option: &str| ini.get("second", option, "/p").unwrap_err();
        assert!(matches!(error("bad"), IniError::Missing { name, .. } if name == "nothing"));
        assert!(error("one").to_string().ends_with("refer to each other in a cycle"), "{}", error("one"));
        assert_eq!(ini.sections(), ["DEFAULT", "alembic", "second"]);
    }

    #[test]
    fn an_option_is_replaced_and_nothing_else() {
        let changed = with_option(TEXT, "alembic", "sqlalchemy.url", "sqlite:///%2f");
        let ini = Ini::read(&changed);
        assert_eq!(ini.get("alembic", "sqlalchemy.url", "/p").unwrap().as_deref(), Some("sqlite:///%2f"));
        for option in ["script_location", "version_locations", "file_template"] {
            assert_eq!(ini.get("alembic", option, "/p"), Ini::read(TEXT).get("alembic", option, "/p"), "{option}");
        }
        assert_eq!(ini.get("second", "sqlalchemy.url", "/p").unwrap().as_deref(), Some("sqlite:///x.db"));
        let added = Ini::read(&with_option("x = 1", "alembic", "a", "b"));
        assert_eq!(added.get("alembic", "a", "").unwrap().as_deref(), Some("b"));
    }
}
