import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
/** Debian packages of shells that the host lacks, unpacked. */
const UNPACKED = join(ROOT, "build", "shells");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-shells-"));
  for (const name of ["bin", "home/names", "work/layout/blobs"])
    await mkdir(join(folder, name), { recursive: true });
  const program = join(folder, "bin", "box");
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/dist/box.js' "$@"\n`);
  await chmod(program, 0o755);
  for (const name of ["web", "worker"]) await symlink("0".repeat(64), join(folder, "home", "names", name));
  for (const name of ["notes.txt", "web.conf"]) await writeFile(join(folder, "work", name), "");
});
afterAll(() => rm(folder, { recursive: true }));

async function run(program: string, args: string[], input = ""): Promise<string> {
  const env = {
    PATH: `${folder}/bin:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    BOX_HOME: join(folder, "home"),
    TERM: "dumb",
    LC_ALL: "C.UTF-8",
    ...(program.startsWith(UNPACKED) || args.join(" ").includes(UNPACKED)
      ? { LD_LIBRARY_PATH: join(UNPACKED, "usr/lib/x86_64-linux-gnu") }
      : {}),
  };
  const child = spawn(program, args, { cwd: join(folder, "work"), env });
  const out: string[] = [];
  child.stdout.on("data", (data: Buffer) => out.push(data.toString()));
  child.stdin.end(input);
  await once(child, "close");
  return out.join("");
}

/** Types lines and the Tab key into an interactive shell; returns the last word of each, printed instead of run. */
async function press(shell: string, start: string, lines: readonly string[]): Promise<string[]> {
  // Control-A goes to the beginning of the line.
  const keys = lines.map((line) => `${line}\t\u0001printf '<%s>\\n' \n`).join("");
  const shown = await run("script", ["-qec", shell, "/dev/null"], `${start}\n${keys}exit\n`);
  return shown
    .split(/^<box>\r?$/m)
    .slice(1)
    .map((words) => [...words.matchAll(/^<(.*)>\r?$/gm)].at(-1)?.[1] ?? "");
}

const find = (...paths: string[]) => paths.find((path) => existsSync(path));
const zsh = find("/usr/bin/zsh", "/bin/zsh", join(UNPACKED, "bin/zsh"));
const fish = find("/usr/bin/fish", join(UNPACKED, "usr/bin/fish"));
const zshFolders = `module_path=(${UNPACKED}/usr/lib/*/zsh/*(/)); fpath=(${UNPACKED}/usr/share/zsh/functions/**/*(/))`;
const fishFolders = `set fish_function_path ${UNPACKED}/usr/share/fish/functions`;
const places = (program: string | undefined, setting: string) =>
  program?.startsWith(UNPACKED) ? `${setting}; ` : "";

interface Shell {
  path: string | undefined;
  complete: (lines: readonly string[]) => Promise<string[]>;
}

const SHELLS: Record<string, Shell> = {
  bash: {
    path: "/bin/bash",
    complete: (lines) => press("bash --norc --noprofile -i", "source <(box completion bash)", lines),
  },
  zsh: {
    path: zsh,
    complete: (lines) =>
      press(
        `${zsh ?? ""} -f -i`,
        `${places(zsh, zshFolders)}autoload -U compinit; compinit -u -D; source <(box completion zsh)`,
        lines,
      ),
  },
  fish: {
    path: fish,
    complete: async (lines) => {
      const words = lines.map((line) => `echo '<box>'; complete -C '${line}'`).join("; ");
      const script = `${places(fish, fishFolders)}box completion fish | source; ${words}`;
      const shown = await run(fish ?? "", ["-N", "-c", script]);
      return shown
        .split("<box>\n")
        .slice(1)
        .map((found) => found.replace(/\t.*/, "").trim());
    },
  },
};

/** Lines, and what the Tab key completes their last words to. */
const LINES: [string, string][] = [
  ["box stop wor", "worker"],
  ["box cp wor", "worker:"],
  ["box cp not", "notes.txt"],
  ["box cp worker:/etc/hosts web", "web.conf"],
  ["box load -i not", "notes.txt"],
  ["box load --input=./not", "--input=./notes.txt"],
  ["box history docker-a", "docker-archive:"],
  ["box history oci:./lay", "oci:./layout/"],
];

describe("the Tab key completes boxes, images and files", () => {
  for (const [name, { path, complete }] of Object.entries(SHELLS)) {
    it.skipIf(path === undefined)(`in ${name}`, { tags: "slow" }, async () => {
      const found = await complete(LINES.map(([line]) => line));
      expect(LINES.map(([line], i) => [line, found[i]])).toEqual(LINES);
    });
  }
});

describe("the Tab key runs no file of the working directory that is called box", () => {
  for (const [name, { path, complete }] of Object.entries(SHELLS)) {
    it.skipIf(path === undefined)(`in ${name}`, async () => {
      const planted = join(folder, "work", "box");
      await writeFile(planted, `#!/bin/sh\ntouch '${folder}/ran'\n`, { mode: 0o755 });
      await complete(["./box stop wor"]);
      await rm(planted);
      expect(existsSync(join(folder, "ran"))).toBe(false);
    });
  }
});
