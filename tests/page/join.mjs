// Joins the sources of the page with data, as src/cli/page/mod.rs does, for tests of the page without the program.

import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";

const folder = new URL("../../src/cli/page/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), "utf8");

/** Names of the sources, in the order of mod.rs. */
function sources(kind) {
  return [...read("mod.rs").matchAll(/include_str!\("(web\/[\w.]+)"\)/g)].map((match) => match[1]).filter((name) => name.endsWith(kind));
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Returns the page with `data`. */
export function page(data) {
  const style = sources(".css").map(read).join("");
  const lines = sources(".js").flatMap((name) => read(name).trimEnd().split("\n"));
  const script = `${lines.filter((line) => !line.startsWith("import ")).map((line) => line.replace(/^export /, "")).join("\n")}\n`;
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const json = JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const parts = { policy, style, data: json, script };
  return read("web/index.html").replace(/@(policy|style|data|script)@/g, (_, name) => parts[name]);
}
