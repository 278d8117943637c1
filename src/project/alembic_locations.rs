//! Locations in an Alembic config that are normally resolved by a program: paths in packages, placeholders,
//! Flask-Migrate, several databases. Each is resolved as that program would, or rejected with a reason.

use std::path::{Path, PathBuf};

use crate::formats::alembic::config::AlembicConfig;
use crate::formats::alembic::ini::{Ini, with_option};

use super::read;

/// Returns `true` if the ini file at `path` belongs to Flask-Migrate. Such a file has no `script_location`, because the
/// extension passes the folder, and the env.py next to it reads the database from Flask's `current_app`.
pub(super) fn is_flask_migrate(path: &Path, ini: &Ini) -> bool {
    let env = read::read_text(&path.with_file_name("env.py")).unwrap_or_default();
    !ini.options("alembic").any(|option| option == "script_location") && env.contains("current_app")
}

/// Returns the ini file of Flask-Migrate with its own folder as `script_location`, as Alembic itself would require it.
pub(super) fn with_own_folder(text: &str, here: &str) -> String {
    with_option(text, "alembic", "script_location", here)
}

/// Returns the databases of a `multidb` project; empty for any other project.
pub(super) fn engines(path: &Path, ini: &Ini, section: &str, config: &AlembicConfig) -> Vec<String> {
    let listed = ini.get(section, "databases", "").ok().flatten().filter(|_| config.url.is_none()).unwrap_or_default();
    let env = read::read_text(&path.with_file_name("env.py")).unwrap_or_default();
    let of_flask = env.contains("bind_names").then(|| "the app's SQLALCHEMY_BINDS".to_owned());
    listed.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).chain(of_flask).collect()
}

/// Replaces `package:path` locations by folders. Relative packages are searched where Python would search them.
///
/// # Errors
/// A message, if the folder of a location cannot be determined without running Python.
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
                "`{key}` is {location}: {{{name}}} is filled in by a program, which aludel does not run; write the folder itself"
            ));
        }
        if let Some((package, path)) = package(location) {
            *location = folder_of_package(package, path, &roots).ok_or_else(|| {
                format!(
                    "`{key}` is {location}: only Python knows where the package {package} is installed, and it is \
                     neither here nor in `prepend_sys_path`; write the folder itself"
                )
            })?;
        }
    }
    Ok(())
}

/// Returns the name between braces, if any.
fn placeholder(location: &str) -> Option<&str> {
    location.split_once('{')?.1.split_once('}').map(|(name, _)| name)
}

/// Splits `package.name:path`, using Alembic's rule to distinguish it from a path.
fn package(location: &str) -> Option<(&str, &str)> {
    let (package, path) = location.split_once(':')?;
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    // A single letter is a Windows drive.
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
