import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const home = mkdtempSync(join(tmpdir(), "box-complete-"));

// The engine of a process is for the home that it was opened with: other files in this process may have opened it.
vi.resetModules();
const { findCandidates } = await import("../../../src/cli/complete.js");
const { loadCommand } = await import("../../../src/cli/program.js");
const { openEngine } = await import("../../../src/engine/engine.js");

beforeAll(async () => {
  vi.stubEnv("BOX_HOME", home);
  await openEngine({ home, runtime: join(home, "run") }).networks.create("backstage");
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
    [
      ["run", "-it", "--network", "b"],
      ["bridge", "backstage"],
    ],
    [
      ["network", "inspect", "b"],
      ["backstage", "bridge"],
    ],
    // Docker's predefined networks can neither be removed nor connected to.
    [["network", "rm", ""], ["backstage"]],
    [["network", "connect", ""], ["backstage"]],
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
    const files = join(home, "files");
    for (const path of ["layout/blobs", "other"]) mkdirSync(join(files, path), { recursive: true });
    writeFileSync(join(files, "log"), "");
    expect(await complete("save", `oci:${files}/l`)).toEqual([`oci:${files}/layout/`, `oci:${files}/log`]);
    expect(await complete("load", `--input=${files}/o`)).toEqual([`--input=${files}/other/`]);
    expect(await complete("save", `oci:${files}/none/`)).toEqual([]);
  });
});
