import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unitText } from "../../../src/cli/system/enable.js";

const BOX = join(import.meta.dirname, "../../../dist/box.js");

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-enable-"));
});
afterEach(() => rm(home, { recursive: true }));

/** Creates programs with these names that record their arguments; those in `fails` fail. */
async function fakeCommands(...fails: string[]): Promise<string> {
  const folder = join(home, "bin");
  await mkdir(folder);
  for (const name of ["systemctl", "loginctl"]) {
    const end = fails.includes(name) ? "echo 'Failed to connect to bus' >&2; exit 1" : "exit 0";
    await writeFile(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${join(home, "calls")}\n${end}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return `${folder}:${process.env["PATH"] ?? ""}`;
}

const box = (PATH: string, ...words: string[]) =>
  execa(process.execPath, [BOX, "system", ...words], {
    env: { PATH, XDG_CONFIG_HOME: join(home, "config"), BOX_HOME: join(home, "box") },
    reject: false,
  });

const unit = () => join(home, "config", "systemd", "user", "box.service");

describe("box system enable", () => {
  it("writes a unit that starts boxes with the host, and disable removes it", async () => {
    const path = await fakeCommands();
    const { stdout, exitCode } = await box(path, "enable");
    expect([stdout, exitCode]).toEqual([unit(), 0]);
    expect(await readFile(unit(), "utf8")).toContain(`Environment="BOX_HOME=${join(home, "box")}"`);
    expect(await readFile(unit(), "utf8")).toMatch(
      /^UnsetEnvironment=NODE_OPTIONS .*^ExecStart=\S+ "--" "/ms,
    );
    expect(await readFile(join(home, "calls"), "utf8")).toContain("systemctl --user enable box.service");
    expect((await box(path, "disable")).exitCode).toBe(0);
    await expect(readFile(unit())).rejects.toThrow("ENOENT");
  });

  it("suggests an alternative if there is no systemd, and writes nothing", async () => {
    const { stderr, exitCode } = await box(await fakeCommands("systemctl"), "enable");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Failed to connect to bus");
    expect(stderr).toMatch(/box\.js system resume.*crontab/);
    await expect(readFile(unit())).rejects.toThrow("ENOENT");
  });

  it("warns if systemd starts this user's units only at login", async () => {
    const { stderr, exitCode } = await box(await fakeCommands("loginctl"), "enable");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("loginctl enable-linger");
  });
});

it("quotes all special characters in a unit", () => {
  const text = unitText(["/opt/a b/node", '/x"y\\z%n$HOME'], ["BOX_HOME=/100%$"]);
  expect(text).toContain(String.raw`ExecStart="/opt/a b/node" "/x\"y\\z%%n$$HOME" "system" "resume"`);
  expect(text).toContain('Environment="BOX_HOME=/100%%$"');
});
