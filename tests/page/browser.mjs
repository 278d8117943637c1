// The page in a real browser: no error, no request, the keyboard, hostile names, the time that a long history takes.
// `tests/page/run` calls it; PLAYWRIGHT is the path of playwright-core, ALUDEL that of the program, CHROMIUM the browser.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { page as joined } from "./join.mjs";
import { SAMPLES } from "./sample.mjs";

const { chromium } = await import(process.env.PLAYWRIGHT ?? "playwright-core");
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "aludel-page-"));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Opens a page and collects everything that it should not do. */
async function open(file, options = {}, prepare = async () => {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    const isOwn = request.url() === pathToFileURL(file).href || request.url().startsWith("data:");
    if (!isOwn) complaints.push(`request: ${request.url()}`);
  });
  await prepare(page);
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector(".bar");
  return { page, complaints, context };
}

async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
  await page.waitForTimeout(250);
  // On a busy machine the frames that draw the answer come later.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))));
}

const text = (page, selector) => page.locator(selector).first().innerText();

function sample(name) {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, joined(SAMPLES[name]()));
  return file;
}

/** Commits each file as it might have been: by different authors, on the day that its header names. */
function commitAll(project) {
  const git = (...words) => execFileSync("git", words, { cwd: project, stdio: "ignore", env: { PATH: process.env.PATH, HOME: project } });
  git("init", "-q");
  const authors = ["Ada Okafor", "Ben Lindqvist", "Emi Tanaka"];
  for (const [index, path] of readdirSync(join(project, "revisions"), { recursive: true }).filter((name) => name.endsWith(".sql")).entries()) {
    const created = /created: (\S+)/.exec(readFileSync(join(project, "revisions", path), "utf8"))?.[1] ?? "2025-11-01T00:00:00Z";
    git("add", join("revisions", path));
    git("-c", `user.name=${authors[index % authors.length]}`, "-c", "user.email=a@example.org", "commit", "-q", "-m", path, "--date", created);
  }
}

/** A page of the program itself, on the example project. */
function ofProgram() {
  const project = join(folder, "shop");
  for (const part of ["aludel.yaml", "revisions"]) cpSync(join(ROOT, part), join(project, part), { recursive: true });
  commitAll(project);
  const run = (...words) => execFileSync(process.env.ALUDEL, [...words, "--quiet"], { cwd: project, stdio: ["ignore", "ignore", "inherit"], env: { PATH: process.env.PATH, HOME: project } });
  run("upgrade", "7268ff7729ee", "-s", "auth");
  run("upgrade", "625f591409f4", "-s", "chat2chart");
  run("report", "--html", "report.html");
  return join(project, "report.html");
}

async function keyboard(page) {
  await press(page, "2", "j", "j");
  assert.equal(await page.locator(".history-rows .row[aria-selected=true]").count(), 1);
  const second = await text(page, ".detail h2");
  await press(page, "k");
  assert.notEqual(await text(page, ".detail h2"), second);
  await press(page, "ArrowDown");
  assert.equal(await text(page, ".detail h2"), second);
  const rows = await page.locator(".history-rows .rows-space").evaluate((node) => node.style.height);
  await press(page, "/");
  await page.keyboard.type("create");
  await page.waitForTimeout(500);
  assert.notEqual(await page.locator(".history-rows .rows-space").evaluate((node) => node.style.height), rows);
  await press(page, "Escape");
  assert.equal(await page.locator(".history-rows .rows-space").evaluate((node) => node.style.height), rows);
  await press(page, "Escape");
  assert.equal(await page.locator(".split.has-side").count(), 0);
  await press(page, "?");
  assert.equal(await page.locator("dialog[open]").count(), 1);
  await press(page, "Escape");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await press(page, "t");
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  await press(page, "3", "j");
  assert.equal(await page.locator(".journal-rows .row[aria-selected=true]").count(), 1);
  await press(page, "1");
  assert.equal(await page.locator(".overview").count(), 1);
}

/** Lines of an included file have its name and its numbers, in the findings too. */
async function included(page) {
  await page.evaluate(() => { location.hash = "#history/chat2chart"; });
  await press(page, "/");
  await page.keyboard.insertText("parts");
  await page.waitForTimeout(500);
  await press(page, "Enter");
  assert.equal(await page.locator(".sql .from-file").last().innerText(), "parts/parts.sql");
  const marked = page.locator(".sql .marked-warning");
  assert.match(await marked.innerText(), /^3\s*CREATE TABLE parts/);
  assert.match(await text(page, ".finding-head"), /parts\/parts\.sql:3/);
  await press(page, "Escape", "Escape");
  await page.evaluate(() => { location.hash = "#schema/chat2chart"; });
  await page.waitForSelector(".schema:not(.loading) .table-rows .row");
  assert.match(await text(page, ".schema-bar .warn-text"), /^The replay ends here: relation "nowhere"/);
}

/** On paper: every revision, with the graph as long as that is not too much to lay out. */
async function printed(page, name) {
  await page.evaluate(() => { location.hash = "#history"; });
  await page.waitForTimeout(250);
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  const rows = await page.locator("#print tbody tr").count();
  const drawn = await page.locator("#print .graph-lines").count();
  assert.deepEqual([rows, drawn], { small: [17, 17], real: [150, 150], large: [5000, 0] }[name]);
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  assert.equal(await page.locator("#print tr").count(), 0);
}

/** Makes the pictures of docs/report.md. */
async function pictures(file) {
  const shots = { "report-history": "#history/chat2chart/e6dbdc946db0", "report-schema": "#schema/chat2chart///messages" };
  for (const [name, place] of Object.entries(shots)) {
    const { page, context } = await open(file, { viewport: { width: 1320, height: 720 } });
    await page.evaluate((hash) => { location.hash = hash; }, place);
    await page.waitForTimeout(1000);
    const session = await context.newCDPSession(page);
    const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 80 });
    writeFileSync(join(process.env.PICTURES, `${name}.webp`), Buffer.from(data, "base64"));
    await context.close();
  }
}

/** Every control has a name, and nothing is wider than the window. */
async function accessible(page) {
  const nameless = await page.locator("button, a, select, input, [role=listbox], canvas").evaluateAll((nodes) =>
    nodes.filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim())).map((node) => node.outerHTML.slice(0, 80)));
  assert.deepEqual(nameless, []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "wider than the window");
}

async function schema(page) {
  await press(page, "4");
  await page.waitForSelector(".schema:not(.loading) .table-rows .row");
  await press(page, "j");
  const table = await text(page, ".table-side h2");
  assert.ok((await page.locator(".table-side .blame a").count()) > 0, table);
  const at = await page.locator(".schema-bar select").inputValue();
  await press(page, "[", "[");
  assert.notEqual(await page.locator(".schema-bar select").inputValue(), at);
  await page.waitForSelector(".schema:not(.loading)");
  await press(page, "Home");
  await page.locator(".table-side .blame a").first().click();
  await page.waitForSelector(".detail h2");
  assert.equal(await page.locator(".tab[aria-current]").innerText(), "History");
}

/** Longest task of the main thread while `work` is done, in milliseconds of its processor: a page that waits for no longer
 * than 50 feels immediate. */
async function longestTask(work) {
  const session = await browser.newBrowserCDPSession();
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const categories = ["devtools.timeline", "disabled-by-default-devtools.timeline"];
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: categories, excludedCategories: ["*"] } });
  await work();
  const isDone = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await isDone;
  await session.detach();
  // The thread of the page is the one on which its script ran.
  const thread = ({ pid, tid }) => `${pid}:${tid}`;
  const scripts = new Map();
  for (const event of events.filter(({ name }) => name === "FunctionCall" || name === "EvaluateScript")) {
    scripts.set(thread(event), (scripts.get(thread(event)) ?? 0) + event.dur);
  }
  const [main] = [...scripts].sort(([, one], [, other]) => other - one)[0] ?? [];
  const tasks = events.filter((event) => event.name === "RunTask" && thread(event) === main);
  return Math.max(0, ...tasks.map((task) => (task.tdur ?? task.dur) / 1000));
}

/** Prints the longest task of each action in a long history. On a slow or a busy machine it is longer: not a failure. */
async function figures(file) {
  let opened = null;
  const load = await longestTask(async () => {
    opened = await open(file);
    await opened.page.waitForTimeout(2500);
  });
  console.log(`  load: ${load.toFixed(0)} ms`);
  const { page, complaints, context } = opened;
  const scroll = (selector, pixels) => page.evaluate(([own, step]) => new Promise((done) => {
    const node = document.querySelector(own);
    let frames = 0;
    const tick = () => {
      node.scrollTop += step;
      frames += 1;
      if (frames < 100) requestAnimationFrame(tick);
      else done();
    };
    requestAnimationFrame(tick);
  }), [selector, pixels]);
  const measure = async (name, work) => {
    const longest = await longestTask(async () => {
      await work();
      await page.waitForTimeout(400);
    });
    console.log(`  ${name}: ${longest.toFixed(0)} ms`);
  };
  const search = (words) => press(page, "/").then(() => page.keyboard.insertText(words)).then(() => page.waitForTimeout(300));
  await press(page, "2");
  await measure("a frame of scrolling, 3 rows", () => scroll(".history-rows", 96));
  await measure("next row, with its details", () => press(page, ..."jjjjjjjjjj"));
  await measure("search", () => search("orders"));
  await measure("journal", () => press(page, "Escape", "3"));
  await measure("search in the journal", () => search("timeout"));
  await press(page, "Escape");
  await measure("schema", () => press(page, "4").then(() => page.waitForSelector(".schema:not(.loading) .table-rows .row")));
  await measure("next table", () => press(page, ..."jjj"));
  await measure("older schema", () => press(page, "[").then(() => page.waitForSelector(".schema:not(.loading)")));
  assert.deepEqual(complaints, []);
  await context.close();
}

try {
  for (const name of Object.keys(SAMPLES)) {
    const file = sample(name);
    const { page, complaints, context } = await open(file);
    await keyboard(page);
    await accessible(page);
    await schema(page);
    await printed(page, name);
    if (name === "small") await included(page);
    assert.deepEqual(complaints, [], name);
    await context.close();
    console.log(`${name}: ok`);
  }
  const hostile = await open(sample("small"));
  await press(hostile.page, "2", "/");
  await hostile.page.keyboard.type("alert(1)");
  await hostile.page.waitForTimeout(500);
  assert.match(await text(hostile.page, ".history-rows .text"), /<script>alert\(1\)/);
  assert.deepEqual(hostile.complaints, []);
  for (const width of [400, 800]) {
    const narrow = await open(join(folder, "small.html"), { viewport: { width, height: 800 } });
    for (const view of ["1", "2", "3", "4"]) {
      await press(narrow.page, view);
      await accessible(narrow.page);
    }
    assert.deepEqual(narrow.complaints, []);
  }
  if (process.env.ALUDEL) {
    const file = ofProgram();
    const { page, complaints } = await open(file);
    await keyboard(page);
    await schema(page);
    assert.deepEqual(complaints, []);
    console.log("a page of the program: ok");
    if (process.env.PICTURES) await pictures(file);
  }
  console.log("5,000 revisions, 1,000 tables, longest task of the main thread:");
  await figures(join(folder, "large.html"));
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
