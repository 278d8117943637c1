//! Conversion of raw fields to a [`Header`]: types of the keys, the meaning of null, and validation of ids and labels.

use std::time::Duration;

use crate::diagnostic::Span;
use crate::duration;
use crate::id::RevisionId;
use crate::yaml::ScalarKind;

use super::super::DependencyReference;
use super::super::error::{ExpectedValue, RevisionError};
use super::super::section::is_section_prefix;
use super::fields::{Field, HeaderKey, Raw, Scalar};
use super::{Header, HeaderBlock, HeaderOptions, Phase};

/// Converts `fields` to a header.
pub(super) fn header(source: &str, fields: Vec<Field<'_>>, block: &HeaderBlock) -> Result<Header, RevisionError> {
    let mut seen = [false; HeaderKey::ALL.len()];
    let mut revision = None;
    let mut rest = Rest::default();
    for field in fields {
        let seen = seen.get_mut(field.key as usize);
        if seen.is_some_and(|seen| std::mem::replace(seen, true)) {
            return Err(RevisionError::DuplicateKey { span: field.key_span, key: field.key.name() });
        }
        if field.key == HeaderKey::Revision {
            revision = Some(id(source, &field, scalar_text(&field)?)?);
        } else {
            rest.take(source, &field)?;
        }
    }
    let revision = revision.ok_or(RevisionError::MissingRevision { span: block.first_line })?;
    Ok(rest.with(revision))
}

#[derive(Default)]
struct Rest {
    down_revisions: Vec<RevisionId>,
    depends_on: Vec<DependencyReference>,
    message: Option<String>,
    created: Option<String>,
    transaction: Option<bool>,
    template: Option<bool>,
    phase: Option<Phase>,
    keep_downgrade: Option<bool>,
    options: HeaderOptions,
}

impl Rest {
    fn take(&mut self, source: &str, field: &Field<'_>) -> Result<(), RevisionError> {
        match field.key {
            HeaderKey::Revision => {}
            HeaderKey::DownRevision => {
                self.down_revisions = texts(field)?.map(|t| id(source, field, t)).collect::<Result<_, _>>()?
            }
            HeaderKey::Message => self.message = optional_text(field)?,
            HeaderKey::Created => self.created = optional_text(field)?,
            HeaderKey::BranchLabels => {
                self.options.branch_labels = texts(field)?.map(|t| label(source, field, t)).collect::<Result<_, _>>()?
            }
            HeaderKey::DependsOn => {
                self.depends_on = texts(field)?.map(|t| reference(source, field, t)).collect::<Result<_, _>>()?
            }
            HeaderKey::Transaction => self.transaction = Some(boolean(field)?),
            HeaderKey::Template => self.template = Some(boolean(field)?),
            HeaderKey::Phase => self.phase = Some(phase(field)?),
            HeaderKey::LockTimeout => self.options.lock_timeout = Some(length_of_time(field)?),
            HeaderKey::StatementTimeout => self.options.statement_timeout = Some(length_of_time(field)?),
            HeaderKey::KeepDowngrade => self.keep_downgrade = Some(boolean(field)?),
            HeaderKey::SectionPrefix => self.options.section_prefix = section_prefix(field)?,
            HeaderKey::Lint => self.options.lint = texts(field)?.map(str::to_owned).collect(),
            HeaderKey::Replaces => {
                self.options.replaces = texts(field)?.map(|t| id(source, field, t)).collect::<Result<_, _>>()?
            }
        }
        Ok(())
    }

    fn with(self, revision: RevisionId) -> Header {
        Header {
            down_revisions: self.down_revisions,
            depends_on: self.depends_on,
            message: self.message,
            created: self.created,
            transaction: self.transaction.unwrap_or(true),
            template: self.template.unwrap_or(false),
            phase: self.phase.unwrap_or_default(),
            keep_downgrade: self.keep_downgrade.unwrap_or(true),
            options: self.options.into(),
            revision,
        }
    }
}

const fn wrong(field: &Field<'_>, expected: ExpectedValue) -> RevisionError {
    RevisionError::WrongType { span: field.value_span, key: field.key.name(), expected }
}

/// Requires one scalar and returns its text, even if YAML would interpret it as a number, boolean or null.
fn scalar_text<'f>(field: &'f Field<'_>) -> Result<&'f str, RevisionError> {
    match &field.value {
        Raw::Scalar(scalar) => Ok(&scalar.text),
        _ => Err(wrong(field, ExpectedValue::Text)),
    }
}

/// Requires one scalar; an unquoted null is `None`.
fn optional_text(field: &Field<'_>) -> Result<Option<String>, RevisionError> {
    match &field.value {
        Raw::Scalar(Scalar { kind: ScalarKind::Null, .. }) => Ok(None),
        Raw::Scalar(scalar) => Ok(Some(scalar.text.to_string())),
        _ => Err(wrong(field, ExpectedValue::Text)),
    }
}

/// Accepts a list, a scalar as a list of one, or an unquoted null as the empty list. Inside a list, null is ordinary
/// text.
fn texts<'f>(field: &'f Field<'_>) -> Result<impl Iterator<Item = &'f str>, RevisionError> {
    let scalars: &[Scalar<'_>] = match &field.value {
        Raw::Scalar(Scalar { kind: ScalarKind::Null, .. }) => &[],
        Raw::Scalar(scalar) => std::slice::from_ref(scalar),
        Raw::List(items) => items,
        Raw::Other => return Err(wrong(field, ExpectedValue::TextOrList)),
    };
    Ok(scalars.iter().map(|scalar| &*scalar.text))
}

fn boolean(field: &Field<'_>) -> Result<bool, RevisionError> {
    match field.value {
        Raw::Scalar(Scalar { kind: ScalarKind::Bool(value), .. }) => Ok(value),
        _ => Err(wrong(field, ExpectedValue::Bool)),
    }
}

fn phase(field: &Field<'_>) -> Result<Phase, RevisionError> {
    Phase::named(scalar_text(field)?).ok_or_else(|| wrong(field, ExpectedValue::Phase))
}

fn length_of_time(field: &Field<'_>) -> Result<Duration, RevisionError> {
    duration::parse(scalar_text(field)?).ok_or_else(|| wrong(field, ExpectedValue::Duration))
}

fn section_prefix(field: &Field<'_>) -> Result<String, RevisionError> {
    let prefix = scalar_text(field)?;
    if is_section_prefix(prefix) { Ok(prefix.to_owned()) } else { Err(wrong(field, ExpectedValue::SectionPrefix)) }
}

fn id(source: &str, field: &Field<'_>, text: &str) -> Result<RevisionId, RevisionError> {
    RevisionId::new(text).map_err(|error| RevisionError::InvalidId {
        span: within(source, field.value_span, text),
        key: field.key.name(),
        error,
    })
}

fn label(source: &str, field: &Field<'_>, text: &str) -> Result<String, RevisionError> {
    if is_symbol(text) { Ok(text.to_owned()) } else { Err(invalid_symbol(source, field, text)) }
}

fn reference(source: &str, field: &Field<'_>, text: &str) -> Result<DependencyReference, RevisionError> {
    let reference = match text.split_once(':') {
        Some((service, symbol)) => DependencyReference { service: Some(service.to_owned()), symbol: symbol.to_owned() },
        None => DependencyReference { service: None, symbol: text.to_owned() },
    };
    let service_is_named = reference.service.as_ref().is_none_or(|service| !service.trim().is_empty());
    if service_is_named && is_symbol(&reference.symbol) {
        Ok(reference)
    } else {
        Err(invalid_symbol(source, field, text))
    }
}

fn invalid_symbol(source: &str, field: &Field<'_>, text: &str) -> RevisionError {
    let span = within(source, field.value_span, text);
    RevisionError::InvalidSymbol { span, key: field.key.name(), value: text.to_owned() }
}

/// Labels may contain characters that ids may not, except those that separate parts of targets and references.
fn is_symbol(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| matches!(c, '@' | ':') || c.is_whitespace() || c.is_control())
}

/// Position of `part` in a value, so that the diagnostic underlines only the invalid item of a list.
fn within(source: &str, span: Span, part: &str) -> Span {
    match span.slice(source).find(part) {
        Some(at) if !part.is_empty() => Span::new(span.start + at, span.start + at + part.len()),
        _ => span,
    }
}
