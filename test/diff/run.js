// Runs a case's script with one side's `docker` and reads what each of its commands did.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sortLines } from "./compare.js";
import { equaliser } from "./equalise.js";
import { BIN } from "./recorder.js";

/**
 * @typedef {object} Side
 * @property {string} name
 * @property {string} program that runs in place of `docker`
 * @property {string[]} prefix of the script's command line
 * @property {Record<string, string>} env
 * @property {[string, string][]} texts see equalise.js
 * @property {(area: import("./cases.js").Area) => Promise<void>} enter prepares for the cases of an area
 * @property {() => Promise<void>} reset removes the leftovers of a case
 * @property {() => Promise<void>} leave removes the leftovers of the area
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} Answer one command and its result
 * @property {string} command
 * @property {string} code exit code; "held" after it says that some process still held its stdout or stderr open
 * @property {string} stdout
 * @property {string} stderr
 * @property {boolean} [sorted] whether the order of the lines on stdout does not matter; not recorded
 */

/**
 * Functions for scripts: `quiet COMMAND…` does not record the command, `sorted COMMAND…` compares its lines in any order,
 * `await TEXT COMMAND…` repeats one, unrecorded, until it prints the text, and `begun TEXT` waits until a command with this
 * text in its arguments has started in the background and got its number.
 */
const PRELUDE = `quiet() { DIFF_LOG= "$@"; }
sorted() { DIFF_SORTED=1 "$@"; }
begun() { until grep -qsF -- "$1" "$DIFF_LOG"/*.arguments; do sleep 0.1; done; }
await() {
  text=$1; shift
  for try in $(seq 300); do
    DIFF_LOG= "$@" 2>/dev/null | grep -q -- "$text" && return
    sleep 0.1
  done
  return 1
}
`;

/** Longer than any case takes under emulation, so it only ends hangs. */
const LIMIT_MS = 180_000;

/** Messages about missing features of the kernel or the engine, which are not Docker's. */
const NOISE = [
  /^WARNING: Your kernel does not support .*\n/gm,
  /^WARNING: IPv4 forwarding is disabled.*\n/gm,
  /^Warning: DOCKER_HOST environment variable overrides .*\n/gm,
  /^DEPRECATED: The legacy builder is deprecated[^]*?\n\n/gm,
  /^WARNING: No (swap limit|memory limit|blkio .*) support\n/gm,
];

/** @param {string} word */
const quote = (word) => (/^[\w./:=@,%<>+^-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** @param {Buffer} data */
function textOf(data) {
  const text = data.toString();
  return text.includes("\0") || text.includes("\ufffd") ? "<binary>\n" : text;
}

/** @param {string} log @param {Side} side @param {[string, string][]} texts @returns {Answer[]} */
function readAnswers(log, side, texts) {
  const equal = equaliser({ texts: [...texts, ...side.texts] });
  const files = new Set(readdirSync(log));
  const read = (/** @type {string} */ file) =>
    files.has(file) ? readFileSync(join(log, file)) : Buffer.alloc(0);
  const numbers = [...files].filter((file) => file.endsWith(".arguments")).sort();
  return numbers.map((file) => {
    equal.next();
    const of = (/** @type {string} */ kind) => textOf(read(file.replace(/arguments$/, kind)));
    const words = read(file).toString().split("\0").slice(0, -1);
    const stderr = NOISE.reduce((text, noise) => text.replace(noise, ""), of("stderr"));
    const sorted = files.has(file.replace(/arguments$/, "sorted"));
    const stdout = equal.equalise(sorted ? sortLines(of("stdout")) : of("stdout"));
    return {
      command: equal.equalise(words.map(quote).join(" ")),
      code: of("code").trim() || "did not end",
      stdout,
      stderr: equal.equalise(stderr),
      ...(sorted && { sorted }),
    };
  });
}

/** @param {number | undefined} pid of the leader of a group of processes */
function killGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {} // all of it has ended
}

/** Whether no more scripts may start. */
let stopped = false;

/** Processes of running scripts. */
const running = new Set();

/** Ends the running scripts, which have process groups of their own. */
export function killScripts() {
  stopped = true;
  for (const pid of running) killGroup(pid);
}

/**
 * @param {Side} side
 * @param {string} script
 * @param {string | undefined} log directory for the commands' records; without it, nothing is recorded
 * @param {string} folder the working directory
 */
async function runScript(side, script, log, folder) {
  if (stopped) throw new Error("stopped");
  mkdirSync(join(folder, "home"));
  const command = [...side.prefix, "sh", "-c", PRELUDE + script];
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ["ignore", "ignore", log === undefined ? "inherit" : "pipe"],
    detached: true,
    env: {
      PATH: `${BIN}:${process.env["PATH"]}`,
      HOME: join(folder, "home"),
      LC_ALL: "C.UTF-8",
      TZ: "UTC",
      DIFF_PROGRAM: side.program,
      ...(log !== undefined && { DIFF_LOG: log }),
      ...side.env,
    },
  });
  running.add(child.pid);
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (/** @type {string} */ chunk) => (complaints += chunk));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child.pid);
  }, LIMIT_MS);
  try {
    const [code] = await once(child, "exit");
    return { code, complaints, late };
  } finally {
    clearTimeout(timer);
    // Background commands that the script did not wait for.
    killGroup(child.pid);
    running.delete(child.pid);
  }
}

/**
 * @param {Side} side
 * @param {import("./cases.js").Case} one
 * @returns {Promise<Answer[]>}
 */
export async function runCase(side, { script }) {
  const scratch = mkdtempSync(join(tmpdir(), "box-diff-case-"));
  const [folder, log] = [join(scratch, "work"), join(scratch, "log")];
  mkdirSync(folder);
  mkdirSync(log);
  try {
    const { complaints, late } = await runScript(side, script, log, folder);
    if (late) throw new Error(`it does not end within ${LIMIT_MS / 1000} s with ${side.name}`);
    const broken = /^sh: \d+: .*$/m.exec(complaints);
    if (broken !== null) throw new Error(broken[0]);
    return readAnswers(log, side, [[folder, "<DIR>"]]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Runs the shared script of an area. @param {Side} side @param {import("./cases.js").Area} area */
export async function runShared(side, { name, shared }) {
  const scratch = mkdtempSync(join(tmpdir(), "box-diff-case-"));
  try {
    const { code } = await runScript(side, `set -e\n${shared}`, undefined, scratch);
    if (code !== 0) throw new Error(`cases/${name}.sh: what its cases share fails with ${side.name}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
