import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { createInterface } from "node:readline";

/** Whether the machine runs, and where: enough to tell a loop, an idle machine and one that QEMU has stopped apart. */
const QUESTIONS = ["info status", "info registers"];
const ANSWER_MS = 30_000;
const DUMP_MS = 120_000;
const LINES = 25;

/** @param {string} line of a human-monitor-command to QEMU, which reads JSON */
const command = (line) =>
  `${JSON.stringify({ execute: "human-monitor-command", arguments: { "command-line": line } })}\n`;

/**
 * Asks QEMU for the state of a machine that shows no sign of life, and then has its kernel write to the console where it is
 * and where each of its processes is. This ends the machine.
 *
 * @param {import("./machine.js").Machine} machine
 * @param {string} console path
 * @returns {Promise<string>} a few lines
 */
export async function examine({ monitor, ended }, console) {
  const before = linesOf(console).length;
  const answers = createInterface({ input: monitor })[Symbol.asyncIterator]();
  monitor.write(`{"execute": "qmp_capabilities"}\n${[...QUESTIONS, "nmi"].map(command).join("")}`);
  const read = async () => {
    /** @type {string[]} */
    const texts = [];
    while (texts.length < QUESTIONS.length) {
      const { value, done } = await answers.next();
      if (done) break;
      const { return: text } = /** @type {{ return?: unknown }} */ (JSON.parse(value));
      if (typeof text === "string") texts.push(text);
    }
    return texts.join("");
  };
  const unknown = "QEMU does not answer";
  const state = await Promise.race([read(), setTimeout(ANSWER_MS, unknown, { ref: false })]);
  // The kernel panics on the NMI, and restarts, which ends QEMU.
  await Promise.race([ended, setTimeout(state === unknown ? 0 : DUMP_MS, undefined, { ref: false })]);
  return [...stateLines(state), ...kernelLines(linesOf(console).slice(before))].join("\n");
}

/** @param {string} state */
const stateLines = (state) =>
  state.split(/[\r\n]+/).filter((line) => /status|not answer|\b(RIP|CPL|CR3)=/.test(line));

/** The kernel's own place, and the processes that run or that wait for a device. @param {string[]} lines */
function kernelLines(lines) {
  const tasks = lines.findIndex((line) => line.includes("task:"));
  const [own, others] = tasks < 0 ? [lines, []] : [lines.slice(0, tasks), lines.slice(tasks)];
  const busy = others.filter((line) => /task:.* state:[RD]/.test(line));
  return [...own.slice(0, LINES), ...busy.slice(0, LINES)];
}

/** @param {string} console */
const linesOf = (console) =>
  readFileSync(console, "latin1")
    .split(/[\r\n]+/)
    .filter(Boolean);
