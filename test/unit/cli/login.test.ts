// @module-tag registry
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../../src/cli/program.js";
import { startRegistry, type Registry } from "../../registry/registry.js";
import { ANN, createUser, type TestUser } from "../../registry/user.js";

let real: Registry;
let user: TestUser;
let stdout = "";
let stderr = "";
beforeAll(async () => {
  real = await startRegistry({ htpasswd: ANN.htpasswd });
});
afterAll(() => real.stop());
beforeEach(async () => {
  user = await createUser();
  stdout = stderr = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((stdout += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((stderr += String(text)), true));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await user.remove();
});

/** Runs a command line with text on stdin, which is not a terminal. */
function box(words: string[], stdin = ""): Promise<number> {
  vi.spyOn(process, "stdin", "get").mockReturnValue(
    Readable.from([stdin]) as unknown as typeof process.stdin,
  );
  return runProgram(words);
}

describe("box login", () => {
  it("reads the password from stdin, verifies and stores it; logout erases it", async () => {
    const words = ["login", "-u", "ann", "--password-stdin", real.host];
    expect(await box(words, `${ANN.password}\n`)).toBe(0);
    expect(stdout).toBe("Login Succeeded\n");
    expect(stderr).toContain("stored unencrypted");
    expect(await box(["login", real.host])).toBe(0);
    expect(await box(["logout", `https://${real.host}/v2/`])).toBe(0);
    expect(stdout).toContain(`Removing login credentials for ${real.host}\n`);
    expect(await box(["logout", real.host])).toBe(0);
    expect(stdout).toContain(`Removing login credentials for ${real.host}\n`);
    expect(stdout + stderr).not.toContain(ANN.password);
  });

  it("asks for the password only once the terminal no longer echoes it", async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, setRawMode: vi.fn() });
    vi.spyOn(process, "stdin", "get").mockReturnValue(terminal as unknown as typeof process.stdin);
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      // Typed at once, as expect(1) does.
      if (String(text) === "Password: ") {
        expect(terminal.setRawMode.mock.lastCall).toEqual([true]);
        terminal.write(`${ANN.password}\r`);
      }
      return true;
    });
    expect(await runProgram(["login", "-u", "ann", real.host])).toBe(0);
    expect(terminal.setRawMode.mock.lastCall).toEqual([false]);
  });

  it("does not store credentials that the registry rejects", async () => {
    expect(await box(["login", "-u", "ann", "--password-stdin", real.host], "wrong")).toBe(1);
    expect(stderr).toContain("failed with status: 401 Unauthorized");
    await expect(readFile(join(user.folder, "config.json"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it.each([
    [["login", "--password-stdin", "ghcr.io"], "the --password-stdin option requires --username to be set"],
    [["login", "-u", "ann", "--password-stdin", "ghcr.io"], "stdin is empty"],
    [
      ["login", "-u", "ann", "-p", "x", "--password-stdin"],
      "cannot specify both --password and --password-stdin",
    ],
    [["login", "-u", "", "-p", "x"], "from a non TTY device"],
    [["login", "-u", "ann"], "from a non TTY device"],
    [["login", "ghcr.io"], "from a non TTY device"],
    [["login", "-u", "a", "-p", "b", "no host"], 'SERVER: "no host" is not a registry host'],
    [["logout", "ghcr.io:x"], 'SERVER: "ghcr.io:x" is not a registry host'],
  ])("refuses %j with one line", async (words, message) => {
    expect(await box(words)).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("at ");
  });
});
