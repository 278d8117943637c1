//! Colours and marks of text output. What is coloured brings no escape sequences of its own.

use clap::ValueEnum;
use console::Style;

use crate::report::printable::lines;

/// Use of colours in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Switches colours of stdout and stderr on or off.
pub fn set_up(color: Color) {
    match color {
        Color::Always => set(true),
        Color::Never => set(false),
        Color::Auto if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) => set(false),
        Color::Auto => {}
    }
}

fn set(enabled: bool) {
    console::set_colors_enabled(enabled);
    console::set_colors_enabled_stderr(enabled);
}

/// Formats a revision id.
pub fn id(text: &str) -> String {
    Style::new().yellow().apply_to(lines(text, false)).to_string()
}

/// Formats a mark, in parentheses: `(head)`.
pub fn mark(text: &str) -> String {
    Style::new().green().apply_to(format!("({})", lines(text, false))).to_string()
}

/// Formats a branch label.
pub fn label(text: &str) -> String {
    Style::new().cyan().apply_to(format!("[{}]", lines(text, false))).to_string()
}

/// Formats a heading.
pub fn bold(text: &str) -> String {
    Style::new().bold().apply_to(lines(text, false)).to_string()
}

/// Formats less important text.
pub fn faint(text: &str) -> String {
    Style::new().dim().apply_to(lines(text, false)).to_string()
}

/// Formats a success.
pub fn good(text: &str) -> String {
    Style::new().green().apply_to(lines(text, false)).to_string()
}

/// Formats a failure.
pub fn bad(text: &str) -> String {
    Style::new().red().apply_to(lines(text, false)).to_string()
}
