import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const home = mkdtempSync(join(tmpdir(), "box-complete-"));

// The engine of a process is for the home that it was opened with: other files in this process may have opened it.
vi.resetModules();
const { findCandidates } = await import("../../../src/cli/complete.js");
const { loadCommand } = await import("../../../src/cli/program.js");

beforeAll(() => {
  vi.stubEnv("BOX_HOME", home);
  mkdirSync(join(home, "names"));
  for (const name of ["web", "worker", "db"]) symlinkSync("0".repeat(64), join(home, "names", name));
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
  rmSync(home, { recursive: true });
});

const complete = async (...words: string[]) =>
  (await findCandidates(words, (name) => loadCommand(name, () => undefined))).map(({ text }) => text);

describe("completion", () => {
  it.each<[string[], string[]]>([
    [["ru"], ["run"]],
    [["--v"], ["--version"]],
    [["help", "sto"], ["stop"]],
    [
      ["stop", "w"],
      ["web", "worker"],
    ],
    [["stop", "web", "w"], ["worker"]],
    [["logs", "web", ""], []],
    [
      ["run", "--pu"],
      ["--publish", "--publish-all", "--pull"],
    ],
    [
      ["run", "--pull", ""],
      ["always", "missing", "never"],
    ],
    [["run", "--pull=n"], ["--pull=never"]],
    [["run", "-it", "--network", "b"], ["bridge"]],
    [
      ["run", "--cap-add", "CAP_SYS_T"],
      ["CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG"],
    ],
    [["run", "--env-file", ""], [":files"]],
    [["run", "--device", ""], [":files"]],
    [["run", "--restart", "un"], ["unless-stopped"]],
    [["update", "--restart=al"], ["--restart=always"]],
    [["run", "--ulimit", "nof"], ["nofile="]],
    [["run", "alpine", "ls", ""], [":files"]],
    [["run", "--", ""], [":files"]],
    [["volume", "cr"], ["create"]],
    [["volume", "ls", "--q"], ["--quiet"]],
    [["config", ""], ["schema"]],
    [["completion", "z"], ["zsh"]],
    [["nothing", ""], []],
    [
      ["cp", "w"],
      ["web:", "worker:", ":files"],
    ],
    [["cp", "web:/etc/hosts", ""], [":files"]],
    [["cp", "./file", "d"], ["db:"]],
    [["load", "-i", ""], [":files"]],
    [["save", "-o", ""], [":files"]],
    [["export", "--output", ""], [":files"]],
    [["import", ""], [":files"]],
    [
      ["inspect", "d"],
      ["db", "docker-archive:"],
    ],
    [
      ["history", "oci"],
      ["oci:", "oci-archive:"],
    ],
    [["run", "docker"], ["docker-archive:"]],
    [["push", "oci"], []],
    [["kill", "-s", "SIGSTO"], ["SIGSTOP"]],
    [["pull", "--platform=linux/arm6"], ["--platform=linux/arm64"]],
  ])("of %j offers %j", async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });

  it("offers host paths after a prefix that shells would treat as part of the path", async () => {
    for (const path of ["layout/blobs", "other"]) mkdirSync(join(home, path), { recursive: true });
    writeFileSync(join(home, "log"), "");
    expect(await complete("save", `oci:${home}/l`)).toEqual([`oci:${home}/layout/`, `oci:${home}/log`]);
    expect(await complete("load", `--input=${home}/o`)).toEqual([`--input=${home}/other/`]);
    expect(await complete("save", `oci:${home}/none/`)).toEqual([]);
  });
});
