// SQL in colours. Only for the eye: it knows tokens, not statements.

import { el } from "./dom.js";
import { placeText } from "./format.js";

const KEYWORDS = new Set(
  `add after all alter always analyze and any as asc auto_increment before begin between by cascade case cast change
  character check collate column comment commit concurrently conflict constraint create cross current_date
  current_timestamp cycle database declare default deferrable deferred delete desc distinct do domain drop each else end
  engine enum except exclude execute exists extension false first for foreign from full function generated grant group
  having identity if ignore immediate in index initially inner insert instead intersect into is join key language last
  lateral left like limit lock materialized modify natural no not null of offset on only or order outer over partition
  policy primary procedure publication references rename replace restrict return returning returns revoke right role
  rollback row rows schema select sequence set start stored table temporary then to trigger truncate type union unique
  unlogged update using vacuum validate values valid view virtual when where with without`.split(/\s+/),
);

// Comments, strings (doubled quotes and dollar quotes too), quoted names, numbers, words.
const TOKEN =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^'\\]|''|\\.)*'?|\$([A-Za-z_]*)\$[\s\S]*?(?:\$\3\$|$))|("(?:[^"]|"")*"?|`[^`]*`?)|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][A-Za-z0-9_]*)/g;

/** Longest text that gets colours, in characters. */
const LONGEST = 200_000;

/** Returns the lines of a text, each as a list of texts and coloured elements. */
export function sqlLines(text) {
  if (text.length > LONGEST) return text.split("\n").map((line) => [line]);
  const lines = [[]];
  const push = (part, kind) => {
    part.split("\n").forEach((piece, index) => {
      if (index > 0) lines.push([]);
      if (piece) lines[lines.length - 1].push(kind ? el("span", { class: kind }, piece) : piece);
    });
  };
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, comment, string, , quoted, number, word] = match;
    const kind =
      (comment && "sql-comment") ||
      (string && "sql-string") ||
      (number && "sql-number") ||
      (word && KEYWORDS.has(word.toLowerCase()) && "sql-keyword") ||
      null;
    if (!kind && !quoted) continue;
    push(text.slice(end, match.index), null);
    push(whole, kind);
    end = match.index + whole.length;
  }
  push(text.slice(end), null);
  return lines;
}

/** Lines of a text that are shown at first. */
const SHOWN_LINES = 400;

/**
 * A block of SQL with line numbers. `files`: from which line on (`at`, from 0) the text is from which file and line; an
 * included one has a `path`. `marks` holds severities and titles by place.
 */
export function sqlBlock(text, files = [{ at: 0, line: 1 }], marks = new Map()) {
  const lines = sqlLines(text);
  const code = el("code", {});
  const starts = new Map(files.map((file) => [file.at, file]));
  let file = files[0];
  const add = (from, to) => {
    for (let index = from; index < Math.min(to, lines.length); index += 1) {
      const next = starts.get(index);
      if (next && files.length > 1) code.append(el("span", { class: "from-file" }, next.path ?? "this file"));
      file = next ?? file;
      const line = file.line + index - file.at;
      const mark = marks.get(placeText({ path: file.path, line }));
      const number = el("span", { class: "number", "aria-hidden": "true" }, String(line));
      const attributes = { class: mark ? `line marked-${mark.severity}` : "line", title: mark?.title };
      code.append(el("span", attributes, number, el("span", { class: "text" }, ...lines[index], "\n")));
    }
  };
  add(0, SHOWN_LINES);
  const block = el("div", { class: "sql" }, el("pre", { tabindex: "0", "aria-label": "SQL" }, code));
  if (lines.length > SHOWN_LINES) {
    const more = el("button", { type: "button", class: "plain more" }, `Show all ${lines.length.toLocaleString("en")} lines`);
    more.addEventListener("click", () => {
      more.remove();
      add(SHOWN_LINES, lines.length);
    });
    block.append(more);
  }
  return block;
}
