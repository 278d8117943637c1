//! Recognition of another tool's project by its config or by its migrations, and a config of aludel for it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::schema_line;
use crate::formats::{File, Format, formats_of};

use super::error::{ProjectError, ProjectResult};
use super::from_alembic::relative;
use super::import::SKIPPED;
use super::read::read_text;
use super::write::write_new;

/// A project of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignProject {
    /// Tools that it may be of, at least one.
    pub formats: Vec<Format>,
    /// Source of `import`: the folder of the migrations; for Django `manage.py`.
    pub source: PathBuf,
}

/// Configs by which a project is recognized, relative to its folder.
const CONFIGS: [&str; 14] = [
    "manage.py",
    "supabase/config.toml",
    "drizzle.config.ts",
    "drizzle.config.js",
    "drizzle.config.mjs",
    "drizzle.config.json",
    "atlas.hcl",
    "refinery.toml",
    "liquibase.properties",
    "flyway.toml",
    "flyway.conf",
    "prisma/schema.prisma",
    "diesel.toml",
    "sqitch.conf",
];

/// Recognizes the project whose config, migrations or folder `path` is. `None` for Alembic, and for what is not known.
#[must_use]
pub fn recognize(path: &Path) -> Option<ForeignProject> {
    if !path.is_dir() {
        return of_config(path);
    }
    if path.join("alembic.ini").is_file() {
        return None;
    }
    let config = CONFIGS.iter().map(|name| path.join(name)).find(|config| config.is_file());
    config.and_then(|config| of_config(&config)).or_else(|| of_migrations(path))
}

/// Writes the config of a project of another tool. Returns its path.
///
/// # Errors
/// [`ProjectError`] if there is a config already, or it cannot be written.
pub fn adopt_foreign(folder: &Path, tool: &str) -> ProjectResult<PathBuf> {
    let config = folder.join("aludel.yaml");
    if config.exists() {
        return Err(Box::new(ProjectError::Exists { path: config }));
    }
    super::write::make_folder(&folder.join("revisions"))?;
    let text = format!(
        "{}# Where the database is and where its revisions are, in place of {tool}. Paths are relative to this file.\n\
         # ${{NAME}} and ${{NAME:-default}} come from the environment; $$ is a dollar.\nservices:\n  main:\n    \
         url: ${{DATABASE_URL}}   # postgres://user:password@host/database, mysql://..., sqlite:PATH\n    \
         revisions: revisions\n",
        schema_line()
    );
    write_new(&config, &text)?;
    Ok(config)
}

/// Returns the path of `source` from the folder of the config.
#[must_use]
pub fn source_from(folder: &Path, source: &Path) -> PathBuf {
    relative(folder, source)
}

/// Recognizes a tool by the name of its config, and reads from it where the migrations are.
fn of_config(path: &Path) -> Option<ForeignProject> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = read_text(path).ok()?;
    let found = |format: Format, source: PathBuf| Some(ForeignProject { formats: vec![format], source });
    match name {
        "manage.py" if text.contains("DJANGO_SETTINGS_MODULE") => found(Format::Django, path.to_owned()),
        "config.toml" if folder.ends_with("supabase") => found(Format::Supabase, folder.join("migrations")),
        _ if name.starts_with("drizzle.config.") => {
            found(Format::Drizzle, folder.join(quoted_after(&text, "out").as_deref().unwrap_or("drizzle")))
        }
        "atlas.hcl" => {
            let written = text.split("file://").skip(1).find_map(|rest| rest.split(['"', '?']).next());
            let written = written.filter(|path| !path.ends_with(".sql") && !path.ends_with(".hcl"));
            found(Format::Atlas, folder.join(written.unwrap_or("migrations")))
        }
        "refinery.toml" => found(Format::Refinery, folder.join("migrations")),
        "diesel.toml" => {
            found(Format::Diesel, folder.join(quoted_after(&text, "dir").as_deref().unwrap_or("migrations")))
        }
        "sqitch.conf" | "sqitch.plan" => found(Format::Sqitch, folder.to_owned()),
        "schema.prisma" => found(Format::Prisma, folder.join("migrations")),
        "atlas.sum" | "migration_lock.toml" | "_journal.json" => {
            of_migrations(if name == "_journal.json" { folder.parent().unwrap_or(Path::new("")) } else { folder })
        }
        "liquibase.properties" => {
            let is_key = |key: &str| ["changelogfile", "changelog-file"].contains(&key.trim().to_lowercase().as_str());
            let mut lines = text.lines().filter_map(|line| line.split_once(['=', ':']));
            let changelog = lines.find(|(key, _)| is_key(key)).map(|(_, value)| folder.join(value.trim()));
            let source = changelog.as_deref().and_then(Path::parent).unwrap_or(folder);
            found(Format::Liquibase, source.to_owned())
        }
        "flyway.toml" | "flyway.conf" => {
            let written = text.split("filesystem:").nth(1).and_then(|rest| rest.split(['"', ',', '\n', '\r']).next());
            found(Format::Flyway, folder.join(written.unwrap_or("sql").trim()))
        }
        _ => None,
    }
}

/// The quoted value of `key: "value"` or `key = 'value'`.
fn quoted_after(text: &str, key: &str) -> Option<String> {
    let value = |rest: &str| {
        let rest = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix([':', '='])?.trim_start();
        let quote = rest.chars().next().filter(|first| ['"', '\'', '`'].contains(first))?;
        Some(rest[1..].split(quote).next()?.to_owned())
    };
    let is_start = |at: usize| !text[..at].ends_with(|last: char| last.is_alphanumeric() || last == '_');
    text.match_indices(key).filter(|(at, _)| is_start(*at)).find_map(|(at, _)| value(&text[at + key.len()..]))
}

/// Recognizes a tool by its migrations; where several have files of such names, by what the project around is built with.
fn of_migrations(folder: &Path) -> Option<ForeignProject> {
    let mut files = Vec::new();
    collect(folder, "", &mut files);
    let mut formats = formats_of(&files);
    if formats.len() > 1 {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let is_supabase = folder.parent().is_some_and(|parent| parent.ends_with("supabase"));
        let around = |name: &str, word: &str| {
            folder.ancestors().take(4).any(|folder| read_text(&folder.join(name)).is_ok_and(|text| text.contains(word)))
        };
        let fits = |format: &Format| match format {
            Format::Supabase => is_supabase,
            Format::Refinery => around("Cargo.toml", "refinery"),
            Format::Sqlx => !is_supabase && around("Cargo.toml", "sqlx"),
            Format::GolangMigrate => around("go.mod", "golang-migrate"),
            Format::Flyway => around("pom.xml", "flyway") || around("build.gradle", "flyway"),
            _ => false,
        };
        let fitting: Vec<Format> = formats.iter().copied().filter(fits).collect();
        if fitting.len() == 1 {
            formats = fitting;
        }
    }
    (!formats.is_empty()).then(|| ForeignProject { formats, source: folder.to_owned() })
}

/// Maximum number of files that are looked at, and depth of folders.
const MAX_FILES: usize = 400;
const MAX_DEPTH: usize = 2;

/// Endings of the files that show whose migrations they are.
const ENDINGS: [&str; 9] = [".sql", ".xml", ".yaml", ".yml", ".json", ".rs", ".conf", "_lock.toml", "sqitch.plan"];

/// Collects files of a folder with their texts. Ignores what cannot be read: it only helps to recognize the tool.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_cached_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.') && !SKIPPED.contains(name)) else {
            continue;
        };
        let (path, relative) = (entry.path(), format!("{prefix}{name}"));
        if files.len() >= MAX_FILES {
            return;
        }
        if path.is_dir() && !path.is_symlink() {
            if prefix.matches('/').count() < MAX_DEPTH {
                collect(&path, &format!("{relative}/"), files);
            }
        } else if name == "atlas.sum" || ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            files.extend(read_text(&path).map(|text| File { path: relative, text }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_from_configs() {
        let config = "export default defineConfig({\n  layout: 'x',\n  out: './db/migrations',\n});";
        assert_eq!(quoted_after(config, "out").as_deref(), Some("./db/migrations"));
        assert_eq!(quoted_after("{\"out\": \"drizzle\"}", "out").as_deref(), Some("drizzle"));
        assert_eq!(quoted_after("[migrations_directory]\ndir = \"m\"", "dir").as_deref(), Some("m"));
        assert_eq!(quoted_after("about: 'x'", "out"), None);
    }
}
