import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { examine } from "./examine.js";
import { LabFailure } from "./failure.js";
import { consolePath, makeRunFolder } from "./folders.js";
import { provideKernel } from "./kernel.js";
import { startMachine, startShare } from "./machine.js";
import { untilMark } from "./mark.js";
import { OVER, whileRunning } from "./patience.js";
import { makeRequest } from "./request.js";

/**
 * Boots a machine, runs the command of the request in it, and shuts it down.
 *
 * @param {import("./request.js").Request} request
 * @param {Limits} limits
 * @param {AbortSignal} stop its reason is the signal that this process received
 * @returns {Promise<number>} the command's exit code; 128 + n after signal n
 * @throws {LabFailure} when the machine does not boot, or dies before the command exits
 */
export async function runInMachine(request, limits, stop) {
  const kernel = provideKernel();
  const folder = makeRunFolder();
  const console = consolePath();
  /** @type {import("node:child_process").ChildProcess[]} */
  const children = [];
  try {
    const share = await startShare(folder, request.out);
    children.push(share);
    const machine = await startMachine(folder, kernel, console, limits.memoryMb);
    children.push(machine.process);
    let examined = false;
    /** @type {GiveUp} */
    const giveUp = async (message, hint) => {
      examined = true;
      const before = tail(console);
      throw new LabFailure(`${message}${before}\n${await examine(machine, console)}`, hint);
    };
    const ended = machine.ended.then((said) => {
      if (examined) return new Promise(() => {}); // which ended it
      throw new LabFailure(`the machine ended before the command${said && `: ${said}`}${tail(console)}`);
    });
    return await Promise.race([converse(machine, request, limits, giveUp), ended, aborted(stop)]);
  } finally {
    await Promise.all(children.map(end));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @typedef {(message: string, hint?: string) => Promise<never>} GiveUp fails with the machine's state */
/** @typedef {{ memoryMb: number, bootLimitS: number, lifelessS: number }} Limits */

/**
 * @param {import("./machine.js").Machine} machine
 * @param {import("./request.js").Request} request
 * @param {Limits} limits
 * @param {GiveUp} giveUp
 */
async function converse({ process: { pid = 0 }, ports }, request, { bootLimitS, lifelessS }, giveUp) {
  ports.request.end(makeRequest(request));
  process.stdin.pipe(ports.stdin);
  process.stdin.on("error", () => ports.stdin.end());
  const streams = [
    forward(ports.stdout, process.stdout, request.mark),
    forward(ports.stderr, process.stderr, request.mark),
  ];
  const lines = createInterface({ input: ports.status })[Symbol.asyncIterator]();
  if ((await whileRunning(lines.next(), pid, bootLimitS)) === OVER) {
    const hint = `on a very slow host: BOX_LAB_BOOT_LIMIT=${bootLimitS * 5}`;
    return giveUp(`the machine did not boot within ${bootLimitS} s`, hint);
  }
  let line = "alive";
  while (line === "alive") {
    const next = await whileRunning(lines.next(), pid, lifelessS);
    if (next === OVER) return giveUp(`the machine has shown no sign of life for ${lifelessS} s`);
    line = next.value ?? "";
  }
  const code = /^exit (\d+)$/.exec(line)?.[1];
  if (code === undefined) return new Promise(() => {}); // QEMU has exited, which the caller notices
  await Promise.all(streams);
  return Number(code);
}

/**
 * Resolves when all of the command's output has been passed on.
 *
 * @param {import("node:net").Socket} port
 * @param {NodeJS.WriteStream} stream
 * @param {string} mark
 */
function forward(port, stream, mark) {
  const output = port.pipe(untilMark(Buffer.from(mark)));
  output.pipe(stream, { end: false });
  return once(output, "end");
}

/** @param {AbortSignal} signal */
function aborted(signal) {
  const code = () => {
    const name = /** @type {NodeJS.Signals} */ (signal.reason);
    return 128 + constants.signals[name];
  };
  return new Promise((resolve) => {
    if (signal.aborted) resolve(code());
    else signal.addEventListener("abort", () => resolve(code()), { once: true });
  });
}

/** @param {import("node:child_process").ChildProcess} child */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** @param {string} console path */
function tail(console) {
  const lines = existsSync(console)
    ? readFileSync(console, "latin1")
        .trimEnd()
        .split(/[\r\n]+/)
    : [];
  if (lines.join("") === "") return "";
  return `; ${console} ends with:\n${lines.slice(-15).join("\n")}`;
}
