import { describe, expect, it } from "vitest";
import { startExec } from "../../../src/library/exec.js";
import { check, checkCondition, CREATE, EXEC, LOGS } from "../../../src/library/valid.js";

/** The message of the error that an action throws; undefined if it throws none. */
function refusal(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
  return undefined;
}

describe("refuses an invalid argument with a one-line message that names it:", () => {
  it.each([
    [{ timeoutMs: -5 }, "timeoutMs: -5 is less than 0"],
    [{ timeoutMs: "1h" }, 'timeoutMs: "1h" is not a number'],
    [{ timeoutMs: 1e12 }, "timeoutMs: 1000000000000 is more than 2147483000"],
    [{ pull: "sometimes" }, 'pull: "sometimes" is not one of always, missing, never'],
    [{ vmm: "xen" }, 'vmm: "xen" is not one of krun, qemu'],
    [{ signal: {} }, "signal: is not an AbortSignal"],
    [undefined, "options is missing"],
    [null, "options: is not an object"],
    [{ engine: {} }, "engine: is not an engine"],
    [{ record: [] }, "record: is not an object"],
    [{ image: 5, pull: "never", signal: AbortSignal.abort() }, undefined],
  ])("creating a box with %j", (asked, message) => {
    expect(refusal(() => check(CREATE, asked, "options"))).toBe(message);
  });

  it.each([
    [{ command: ["echo"] }, "command: is not a string"],
    [{ args: "ab" }, 'args: "ab" is not an array'],
    [{ args: ["a", 3] }, "args[1]: 3 is not a string"],
    [{ args: ["a\0b"] }, String.raw`args[0]: "a\0b" contains a NUL byte`],
    [{ env: { A: "\0" } }, String.raw`env.A: "\0" contains a NUL byte`],
    [{ env: { "A=B": "x" } }, "env has an invalid variable name"],
    [{ cwd: "tmp" }, 'cwd: "tmp" is not an absolute path'],
    [{ encoding: "latin1" }, 'encoding: "latin1" is not one of utf8, buffer'],
    [{ stdin: {} }, "stdin: is not a string, bytes or an async iterable of these"],
    [{ stdin: [1, 2] }, "stdin: is not a string, bytes or an async iterable of these"],
    [{ timeout: 5 }, 'unknown key "timeout" in exec'],
    [{ tty: { rows: 0, columns: 1 } }, "tty.rows: 0 is less than 1"],
    [{ env: { A: "" }, cwd: "/", tty: true, stdin: "x", timeoutMs: 0 }, undefined],
  ])("running a program with %j", (options, message) => {
    expect(refusal(() => check(EXEC, { command: "true", args: [], ...options }, "exec"))).toBe(message);
  });

  it.each([
    [{ since: new Date("x") }, "since: is not a time"],
    [{ tail: -1 }, "tail: -1 is less than 0"],
    [{ since: 0, until: new Date(), follow: true }, undefined],
  ])("reading a log with %j", (options, message) => {
    expect(refusal(() => check(LOGS, options, "logs"))).toBe(message);
  });

  it.each([
    [undefined, "condition: must have exactly one of port, http, log, healthy"],
    [{}, "condition: must have exactly one of port, http, log, healthy"],
    [{ port: 80, log: "x" }, "condition: must have exactly one of port, http, log, healthy"],
    [{ port: 99_999 }, "port: 99999 is more than 65535"],
    [{ healthy: false }, "healthy: is not true"],
    [{ log: /x/ }, undefined],
    [{ http: { port: 80, path: "/x" } }, undefined],
  ])("waiting for %j", (condition, message) => {
    expect(refusal(() => checkCondition(condition))).toBe(message);
  });
});

it("exec with invalid arguments rejects instead of throwing", async () => {
  const never = () => Promise.reject(new Error("it was opened"));
  const run = startExec(never, "echo", ["a\0b"], {});
  await expect(run).rejects.toMatchObject({ code: "invalid-option" });
});
