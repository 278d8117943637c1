#!/usr/bin/env node
// Runs the binary that npm has installed for this platform: the package @aludel/SYSTEM-PROCESSOR.
"use strict";

const { spawn } = require("node:child_process");
const { chmodSync, accessSync, constants } = require("node:fs");

function binary() {
  const name = `@aludel/${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/bin/${process.platform === "win32" ? "aludel.exe" : "aludel"}`);
  } catch {
    const known = Object.keys(require("../package.json").optionalDependencies);
    const why = known.includes(name)
      ? `the package ${name} is not installed: install again without --omit=optional (or --no-optional), ` +
        "and on the system that runs it"
      : `there is no binary for ${process.platform} on ${process.arch} (there is: ${known.join(", ")})`;
    process.stderr.write(`aludel: ${why}\n`);
    process.exit(1);
  }
}

/** Some installers drop the permission to execute. */
function makeExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    try {
      chmodSync(path, 0o755);
    } catch {
      // Another user's file: starting it reports the error.
    }
  }
}

function run(path, words) {
  const child = spawn(path, words, { stdio: "inherit" });
  // Ctrl-C reaches the binary by itself, because it is in the terminal's group: a second SIGINT would end it at once,
  // where the first one lets it stop in order. The launcher only waits.
  process.on("SIGINT", () => {});
  process.on("SIGBREAK", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    process.stderr.write(`aludel: ${path} cannot be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (status, signal) => {
    if (signal === null) {
      process.exit(status);
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

const path = binary();
if (process.platform !== "win32") {
  makeExecutable(path);
}
const words = process.argv.slice(2);
// The binary takes the place of Node.js where that can be (22.15, 23.11 and later): one process, which gets each signal
// once, however many of a group are signalled.
if (process.platform !== "win32" && typeof process.execve === "function") {
  process.execve(path, [path, ...words], process.env);
} else {
  run(path, words);
}
