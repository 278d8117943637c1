// Numbers and times as people read them. Times are UTC, as in the journal.

/** `1 revision`, `2 revisions`. */
export function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

/** `2026-11-29 18:04:05` of an RFC 3339 time, in UTC; the text itself if it is no time. */
export function time(text) {
  const date = new Date(text ?? "");
  return Number.isNaN(date.getTime()) ? (text ?? "") : date.toISOString().slice(0, 19).replace("T", " ");
}

/** The day of a time: `2026-11-29`. */
export function day(text) {
  return time(text).slice(0, 10);
}

/** `12 ms`, `4.2 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "";
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The first line of a text, cut after `length` characters. */
export function firstLine(text, length = 160) {
  const line = (text ?? "").split("\n", 1)[0];
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

/** `line 7` of a revision's own file, `parts/orders.sql:7` of one that it includes. */
export function placeText({ path, line }) {
  return path ? `${path}:${line}` : `line ${line}`;
}

/** Compares texts with numbers in them as people sort them. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;
