//! Locations of an Alembic config that only a program knows: of packages, with placeholders, of Flask-Migrate, of several databases.
//! Each is read as that program would read it, or refused with the reason.

use std::path::{Path, PathBuf};

use crate::foreign::alembic::config::AlembicConfig;
use crate::foreign::alembic::ini::{Ini, with_option};

use super::read;

/// Whether the ini file at `path` is Flask-Migrate's: it has no `script_location`, as the extension gives the folder, and its env.py
/// beside it asks Flask for the database.
pub(super) fn is_flask_migrate(path: &Path, ini: &Ini) -> bool {
    let env = read::text(&path.with_file_name("env.py")).unwrap_or_default();
    !ini.options("alembic").any(|option| option == "script_location") && env.contains("current_app")
}

/// The text of Flask-Migrate's ini file as Alembic itself would need it: with its own folder as the location.
pub(super) fn with_own_folder(text: &str, here: &str) -> String {
    with_option(text, "alembic", "script_location", here)
}

/// The engines of a `multidb` project; empty for any other.
pub(super) fn engines(path: &Path, ini: &Ini, section: &str, config: &AlembicConfig) -> Vec<String> {
    let listed = ini.get(section, "databases", "").ok().flatten().filter(|_| config.url.is_none()).unwrap_or_default();
    let env = read::text(&path.with_file_name("env.py")).unwrap_or_default();
    let of_flask = env.contains("bind_names").then(|| "the app's SQLALCHEMY_BINDS".to_owned());
    listed.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).chain(of_flask).collect()
}

/// Puts the folders of `package:path` locations in their place; relative ones are looked for where Python would.
///
/// # Errors
/// Why a location is no folder that can be known without running Python.
pub(super) fn resolve(config: &mut AlembicConfig, ini_folder: &Path, sys_path: &[PathBuf]) -> Result<(), String> {
    let mut roots = vec![PathBuf::new(), ini_folder.to_owned()];
    roots.extend(sys_path.iter().cloned());
    roots.push(PathBuf::from("src"));
    let AlembicConfig { script_location, version_locations, .. } = config;
    let locations = std::iter::once(("script_location", script_location));
    for (key, location) in locations.chain(version_locations.iter_mut().map(|location| ("version_locations", location)))
    {
        if let Some(name) = placeholder(location) {
            return Err(format!(
                "`{key}` is {location}: a program fills {{{name}}} in, and no program is run; write the folder itself"
            ));
        }
        if let Some((package, path)) = package(location) {
            *location = folder_of_package(package, path, &roots).ok_or_else(|| {
                format!(
                    "`{key}` is {location}: only Python knows where the package {package} is installed, and it is not \
                     here and not in `prepend_sys_path`; write the folder itself"
                )
            })?;
        }
    }
    Ok(())
}

/// The name between braces.
fn placeholder(location: &str) -> Option<&str> {
    location.split_once('{')?.1.split_once('}').map(|(name, _)| name)
}

/// `package.name:path`, as Alembic tells it from a path.
fn package(location: &str) -> Option<(&str, &str)> {
    let (package, path) = location.split_once(':')?;
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    // One letter is a drive of Windows.
    (package.len() > 1 && package.split('.').all(is_name)).then_some((package, path))
}

fn folder_of_package(package: &str, path: &str, roots: &[PathBuf]) -> Option<String> {
    let inside = Path::new(&package.replace('.', "/")).join(path);
    let folders = roots.iter().map(|root| root.join(&inside));
    folders.into_iter().find(|folder| folder.is_dir()).map(|folder| folder.display().to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_placeholders_are_told_from_paths() {
        assert_eq!(package("my.pkg:mig"), Some(("my.pkg", "mig")));
        assert_eq!(package("mig/versions"), None);
        assert_eq!(package("C:\\mig"), None);
        assert_eq!(placeholder("{app}/mig"), Some("app"));
        assert_eq!(placeholder("mig"), None);
    }
}
