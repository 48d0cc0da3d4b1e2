import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { log, setLogLevel, trace } from "../../../../src/vm/monitor/log.js";

const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
const lines = () => stderr.mock.calls.map(([line]) => String(line).replace(/^\S+Z /, ""));

beforeEach(() => void stderr.mockClear());
afterEach(() => setLogLevel("info"));

describe("the monitor's log", () => {
  it.each([
    ["debug", ["debug d\n", "info i\n", "warn w\n", "error e\n"]],
    ["info", ["info i\n", "warn w\n", "error e\n"]],
    ["warn", ["warn w\n", "error e\n"]],
    ["error", ["error e\n"]],
  ] as const)("writes the messages of the level %s and above", (level, expected) => {
    setLogLevel(level);
    for (const each of ["debug", "info", "warn", "error"] as const) log(each, each.charAt(0));
    expect(lines()).toEqual(expected);
  });

  it("writes a trace regardless of the level", () => {
    setLogLevel("error");
    trace("frame");
    expect(lines()).toEqual(["trace frame\n"]);
  });
});
