//! The places where libpq expects a user's files: <https://www.postgresql.org/docs/current/libpq-pgpass.html>,
//! `libpq-pgservice.html`, `libpq-ssl.html`.

use std::path::PathBuf;

use super::settings::EnvironmentMap;
use crate::system::IS_WINDOWS;

/// Default places of a user's files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UserFiles {
    pub(super) passwords: PathBuf,
    pub(super) services: PathBuf,
    /// Folder with the client's certificate, its key and the root certificates.
    pub(super) certificates: PathBuf,
}

impl UserFiles {
    /// Returns the places; `None` for a user without a home folder.
    pub(super) fn new(environment: EnvironmentMap<'_>) -> Option<Self> {
        Self::on_system(environment, IS_WINDOWS)
    }

    fn on_system(environment: EnvironmentMap<'_>, is_windows: bool) -> Option<Self> {
        let name = if is_windows { "APPDATA" } else { "HOME" };
        let folder = environment(name).filter(|folder| !folder.is_empty()).map(PathBuf::from)?;
        if is_windows {
            let certificates = folder.join("postgresql");
            let (passwords, services) = (certificates.join("pgpass.conf"), certificates.join(".pg_service.conf"));
            return Some(Self { passwords, services, certificates });
        }
        Some(Self {
            passwords: folder.join(".pgpass"),
            services: folder.join(".pg_service.conf"),
            certificates: folder.join(".postgresql"),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_folder() {
        let environment = |name: &str| match name {
            "HOME" => Some("home".to_owned()),
            "APPDATA" => Some("roaming".to_owned()),
            _ => None,
        };
        let unix = UserFiles::on_system(&environment, false).unwrap();
        assert_eq!(unix.passwords, PathBuf::from("home").join(".pgpass"));
        let windows = UserFiles::on_system(&environment, true).unwrap();
        assert_eq!(windows.passwords, PathBuf::from("roaming").join("postgresql").join("pgpass.conf"));
        assert_eq!(windows.certificates, PathBuf::from("roaming").join("postgresql"));
        assert_eq!(UserFiles::on_system(&|_| None, false), None);
    }
}
