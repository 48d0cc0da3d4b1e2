import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findCandidates } from "../../../src/cli/complete.js";
import { loadCommand } from "../../../src/cli/program.js";

const BOX = join(import.meta.dirname, "../../../dist/box.js");
const home = mkdtempSync(join(tmpdir(), "box-complete-"));

beforeAll(() => {
  vi.stubEnv("BOX_HOME", home);
  mkdirSync(join(home, "names"));
  for (const name of ["web", "worker", "db"]) symlinkSync("0".repeat(64), join(home, "names", name));
});
afterAll(() => {
  vi.unstubAllEnvs();
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
  ])("of %j gives %j", async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });

  it("works in bash, with its ideas of where words end", () => {
    const ask = (line: string) => {
      const script = `box() { ${process.execPath} ${BOX} "$@"; }; source <(box completion bash)
        COMP_LINE=$1; COMP_POINT=\${#1}; _box; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = spawnSync("bash", ["-c", script, "bash", line], {
        encoding: "utf8",
        env: { ...process.env, BOX_HOME: home },
      });
      return stdout.split("\n").filter((text) => text !== "");
    };
    expect(ask("box kill w")).toEqual(["web", "worker"]);
    expect(ask("box run --vmm=k")).toEqual(["krun"]);
    expect(ask("box run --vmm ")).toEqual(["krun", "qemu"]);
  });
});
