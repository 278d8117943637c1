//! Access to the texts of revision files: on disk, or in memory if they are compiled into a program.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Service;
use crate::diagnostic::Span;
use crate::revision::{Header, IncludeReader, RevisionError};

use super::error::ProjectResult;
use super::included::{IncludedFiles, Texts};
use super::{python_file, read, walk};

/// Storage of a history's revision files.
#[derive(Debug, Clone)]
pub(super) enum RevisionFiles {
    /// The files are in the service's folders.
    Disk,
    /// The texts are in memory, by the path shown in messages; those that they include may be on disk.
    Memory(Arc<Texts>, IncludedFiles),
}

impl RevisionFiles {
    /// Returns the paths of the service's revision files, in file order.
    pub(super) fn of_service(&self, service: &Service) -> ProjectResult<Vec<PathBuf>> {
        match self {
            Self::Disk => walk::revision_files(service),
            Self::Memory(texts, _) => Ok(texts.keys().filter(|path| walk::is_revision_path(path)).cloned().collect()),
        }
    }

    /// Reads all files of the service, whose paths become those that `path` returns. `reader` reads what they
    /// include.
    pub(super) fn in_memory(
        &self,
        service: &Service,
        path: &dyn Fn(&Path) -> PathBuf,
        reader: &dyn IncludeReader,
    ) -> ProjectResult<Self> {
        let mut texts = Texts::new();
        for file in self.of_service(service)? {
            let text = self.text(&file)?.into_owned();
            texts.insert(path(&file), Cow::Owned(text));
        }
        let included = IncludedFiles::of_texts(&texts, reader);
        Ok(Self::Memory(Arc::new(texts), included))
    }

    /// Returns the storage of the files that these include.
    pub(super) fn included(&self) -> IncludedFiles {
        match self {
            Self::Disk => IncludedFiles::Disk,
            Self::Memory(_, included) => included.clone(),
        }
    }

    /// Returns the text of a whole file.
    pub(super) fn text(&self, path: &Path) -> ProjectResult<Cow<'_, str>> {
        match self {
            Self::Disk => read::read_text(path).map(Cow::Owned),
            Self::Memory(texts, _) => kept(texts, path).map(Cow::Borrowed),
        }
    }

    /// Returns the text of a Python file.
    pub(super) fn python_text(&self, path: &Path) -> ProjectResult<String> {
        match self {
            Self::Disk => python_file::read_python(path),
            Self::Memory(texts, _) => kept(texts, path).map(str::to_owned),
        }
        .and_then(|text| read::refuse_conflict(path, &text).map(|()| text))
    }

    /// Returns the header of an SQL file, and its text if it was read from disk and is at most `limit` bytes long. With
    /// a limit of 0 no more is read than the header needs. `buffer` is reused between calls to avoid allocations.
    pub(super) fn header_and_text(
        &self,
        path: &Path,
        buffer: &mut Vec<u8>,
        limit: usize,
    ) -> ProjectResult<(Header, Option<Box<str>>)> {
        match self {
            Self::Disk if limit > 0 => read::header_and_text(path, buffer, limit),
            _ => Ok((self.header(path, buffer)?, None)),
        }
    }

    /// Returns the header of a file. `buffer` is reused between calls to avoid allocations.
    fn header(&self, path: &Path, buffer: &mut Vec<u8>) -> ProjectResult<Header> {
        let Self::Memory(texts, _) = self else { return read::header(path, buffer) };
        let text = kept(texts, path)?;
        // The whole text is in memory, so checking all of it for conflict markers costs nothing.
        read::refuse_conflict(path, text)?;
        let header = Header::read(text, true).map_err(|error| read::wrong(path, text, error))?;
        // Never `None`: a complete text has either a header or an error.
        header.ok_or_else(|| read::wrong(path, text, RevisionError::NoHeader { span: Span::default() }))
    }
}

fn kept<'t>(texts: &'t Texts, path: &Path) -> ProjectResult<&'t str> {
    let text = texts.get(path).map(AsRef::as_ref);
    text.ok_or_else(|| read::unreadable(path, io::ErrorKind::NotFound.into()))
}
