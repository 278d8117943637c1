//! Redaction of output that differs from run to run: folders, ports, times, versions, users and hosts.

/// Replaces each of `pairs`, then everything that is recognized by its shape.
pub fn redact(text: &str, pairs: &[(String, &str)]) -> String {
    let mut text = text.replace('\x1b', "␛");
    for (from, to) in pairs.iter().filter(|(from, _)| !from.is_empty()) {
        text = text.replace(from, to);
    }
    for product in ["SQLite ", "PostgreSQL ", "MariaDB ", "MySQL ", "(Ubuntu ", "(Debian "] {
        text = after(&text, product, |byte| byte.is_ascii_alphanumeric() || b".-+~:".contains(&byte), "[VERSION]");
    }
    text = after(&text, "\"version\": \"", |byte| byte != b'"', "[VERSION]");
    text = after(&text, "\"duration_ms\": ", |byte| byte.is_ascii_digit(), "[N]");
    text = shaped(&text, "dddd-dd-ddtdd:dd:dd", "[TIME]");
    text = shaped(&text, "dddd-dd-dd dd:dd:dd", "[TIME]");
    text = shaped(&text, "dddddddd_dddd_", "[DATE]_");
    text = shaped(&text, "ddddddddtdddddd", "[TIME]");
    text = after(&text, "\"size\": ", |byte| byte.is_ascii_digit(), "[N]");
    text = quoted(&text, "\"blake3\": \"", "[BLAKE3]");
    duration(&text)
}

/// Replaces the text between `before` and the next quotation mark.
fn quoted(text: &str, before: &str, to: &str) -> String {
    let mut parts = text.split(before);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result = result + before + to + &part[part.find('"').unwrap_or(0)..];
    }
    result
}

/// Replaces the bytes after `before`, starting with a digit, for which `belongs` returns `true`.
fn after(text: &str, before: &str, belongs: impl Fn(u8) -> bool, to: &str) -> String {
    let mut parts = text.split(before);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str(before);
        let end = part.bytes().position(|byte| !belongs(byte)).unwrap_or(part.len());
        let is_number = part.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        result.push_str(if is_number { to } else { &part[..end] });
        result.push_str(&part[end..]);
    }
    result
}

/// Replaces each text of this shape (`d` is a digit, `t` a T) with the fraction of a second and the Z that may follow.
/// Times up to 2025 come from the files of the transcripts and are kept.
fn shaped(text: &str, shape: &str, to: &str) -> String {
    let fits = |rest: &[u8]| {
        rest.len() >= shape.len()
            && rest.iter().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
                b'd' => byte.is_ascii_digit(),
                b't' => *byte == b'T',
                other => *byte == other,
            })
            && &rest[..4] > b"2025".as_slice()
    };
    let bytes = text.as_bytes();
    let (mut result, mut at, mut kept) = (String::new(), 0, 0);
    while at < bytes.len() {
        let after_digit = at > 0 && bytes[at - 1].is_ascii_alphanumeric();
        if after_digit || !fits(&bytes[at..]) {
            at += 1;
            continue;
        }
        result.push_str(&text[kept..at]);
        result.push_str(to);
        at += shape.len();
        if shape.contains(':') {
            at +=
                bytes[at..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.' || **byte == b'Z').count();
        }
        kept = at;
    }
    result.push_str(&text[kept..]);
    result
}

/// Replaces `12 ms` and `1.3 s` by `[N] ms`.
fn duration(text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for index in 1..words.len() {
        let unit = words[index].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned();
        if unit != "ms" && unit != "s" {
            continue;
        }
        let number = words[index - 1].trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if is_number && (unit == "ms" || number.contains('.')) {
            let start = words[index - 1].len() - number.len();
            words[index - 1].replace_range(start.., "[N]");
            words[index] = words[index].replacen(&unit, "ms", 1);
        }
    }
    words.join(" ")
}

#[test]
fn what_differs_from_run_to_run_is_taken_out() {
    let shown = redact("b [1/2] 12 ms, in 1.3 s, now; 2031-01-02T03:04:05.123Z at 2020-01-01T00:00:00Z", &[]);
    assert_eq!(shown, "b [1/2] [N] ms, in [N] ms, now; [TIME] at 2020-01-01T00:00:00Z");
    assert_eq!(redact("SQLite 3.50.2  x, SQLite is", &[]), "SQLite [VERSION]  x, SQLite is");
    assert_eq!(redact("r/20310102_0304_aaaa.sql", &[]), "r/[DATE]_aaaa.sql");
}
