import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runCommand } from "./command.js";

const home = mkdtempSync(join(tmpdir(), "box-refusals-"));
afterAll(() => rmSync(home, { recursive: true }));

const IMAGE = "busybox";

describe("box run", () => {
  it.each<[string[], string, number?]>([
    [["--memory", "1k", IMAGE], "-m"],
    [["-p", "99999:1", IMAGE], "99999"],
    [["-v", "/etc:relative", IMAGE], "relative"],
    [["--name", "../x", IMAGE], "../x"],
    [["--cpus", "0", IMAGE], "--cpus"],
    [["--no-such-flag", IMAGE], "--no-such-flag"],
    [["-c", "date", IMAGE], "is not a whole number"],
    [["--tmpfs", "rel", IMAGE], "rel"],
    [["-it", IMAGE], "the input device is not a TTY", 1],
    [["-it", "--detach-keys", "ctrl-1", IMAGE], "ctrl-1"],
    [["UPPER/case"], "UPPER/case"],
    [["--pull", "never", "127.0.0.1:1/no/image"], "no/image"],
  ])("refuses %j with one line, and creates nothing", async (args, named, expected = 125) => {
    const { code, stdout, stderr } = await runCommand(["run", "--vmm", "qemu", ...args], { home });
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toContain(named);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(home).filter((entry) => entry === "boxes")).toEqual([]);
  });
});
