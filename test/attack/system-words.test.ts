import { spawnSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BoxError } from "../../src/errors.js";
import { explainSystemFailure } from "../../src/host/system-failure.js";
import { holdDestination } from "../../src/vm/copy/destination.js";

/** A user of this host to whom permissions apply. */
const USER = 54_314;

let folder: string;
/** A directory that only root can enter. */
let closed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-words-"));
  await chmod(folder, 0o755);
  // The project may be in a directory that only root can enter.
  for (const part of ["dist", "runtime-files"])
    await cp(join(process.cwd(), part), join(folder, part), { recursive: true, dereference: true });
  closed = join(folder, "closed");
  await mkdir(closed, { mode: 0o700 });
  await writeFile(join(closed, "file"), "");
  await mkdir(join(folder, "open"));
  await chmod(join(folder, "open"), 0o777);
  await symlink("round", join(folder, "round"));
});
afterAll(() => rm(folder, { recursive: true }));

function run(variables: NodeJS.ProcessEnv, words: string[], before = "") {
  const home = join(folder, "open", "home");
  const { status, stderr } = spawnSync(
    "setpriv",
    [
      ...["--reuid", String(USER), "--regid", String(USER), "--clear-groups"],
      ...["sh", "-c", `${before} exec "$@"`, "sh", join(folder, "dist", "box"), ...words],
    ],
    {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: home, BOX_HOME: home, ...variables },
      cwd: "/",
    },
  );
  return { code: status, said: stderr };
}
const dryRun = (...words: string[]) => ["run", "--vmm", "qemu", "--dry-run", ...words, "nginx"];
const refused = (said: RegExp, code = 125) => ({ code, said: expect.stringMatching(said) as string });

it("system errors are reported in words, with the flag and the path", { tags: "slow" }, () => {
  for (const [variables, words, said] of [
    [
      {},
      dryRun("--cidfile", `${closed}/c`),
      /^box: --cidfile: "\S+\/c" cannot be created: permission denied\n$/,
    ],
    [
      {},
      ["create", "--cidfile", `${closed}/c`, "nginx"],
      /^box: --cidfile: "\S+\/c" cannot be created: permission denied\n$/,
    ],
    [
      { BOX_RUNTIME: `${closed}/run` },
      dryRun(),
      /^box: \S+\/run is not .*: it cannot be opened \(permission denied\)\n/,
    ],
    [
      { HOME: closed, BOX_HOME: "" },
      dryRun(),
      /^box: "\S+\/settings.yaml": cannot be read: permission denied\n/,
    ],
    [
      {},
      dryRun("--verify", "/no.pub"),
      /^box: --verify: "\/no.pub" cannot be read: no such file or directory\n/,
    ],
    [
      {},
      dryRun("--verify", `${closed}/file`),
      /^box: --verify: "\S+\/file" cannot be read: permission denied\n/,
    ],
    [
      {},
      dryRun("--env-file", `${closed}/file`),
      /^box: --env-file "\S+\/file": cannot be read: permission denied\n/,
    ],
    [
      {},
      dryRun("--config", `${closed}/file`),
      /^box: --config "\S+\/file": cannot be read: permission denied\n/,
    ],
  ] satisfies [NodeJS.ProcessEnv, string[], RegExp][])
    expect([words, run(variables, words)]).toEqual([words, refused(said, words[0] === "create" ? 1 : 125)]);
});

it("a session directory that cannot be accessed is skipped", () => {
  expect(run({ XDG_RUNTIME_DIR: `${closed}/run` }, dryRun())).toEqual({ code: 0, said: "" });
});

it("a removed working directory only affects what needs it", { tags: "slow" }, () => {
  const gone = `mkdir ${folder}/open/gone && cd ${folder}/open/gone && rmdir ${folder}/open/gone &&`;
  const said = /^box: the working directory has been removed\nhint: change to an existing directory\n$/;
  expect(run({}, dryRun("-v", "/tmp:/x", "--workspace", "/tmp"), gone)).toEqual({ code: 0, said: "" });
  expect(run({}, ["ps", "-a"], gone)).toEqual({ code: 0, said: "" });
  for (const words of [
    ["-v", "./d:/x"],
    ["--mount", "type=bind,src=./d,dst=/x"],
    ["--workspace", "d"],
  ])
    expect([words, run({}, dryRun(...words), gone)]).toEqual([words, refused(said)]);
});

it("a copy says in words why its destination cannot be used", () => {
  expect(() => holdDestination(join(folder, "round", "x"))).toThrow(
    /cannot be used: too many symbolic links$/,
  );
});

it("an unexplained system error becomes a line in words", () => {
  const failure = (code: string, syscall: string, more: object = {}) =>
    Object.assign(new Error(`${code}: as Node tells it, ${syscall}`), { code, syscall, errno: -1, ...more });
  const explained = (error: unknown) => {
    const made = explainSystemFailure(error);
    expect(made).toBeInstanceOf(BoxError);
    return (made as BoxError).message;
  };
  expect(explained(failure("EACCES", "lstat", { path: "/root/c" }))).toBe(
    "cannot access /root/c: permission denied",
  );
  expect(explained(failure("EXDEV", "rename", { path: "/a", dest: "/b" }))).toBe(
    "cannot move /a to /b: it is on another file system",
  );
  expect(explained(failure("ENOENT", "spawn setpriv"))).toBe("cannot run setpriv: no such file or directory");
  expect(explained(failure("EACCES", "open", { path: "/proc/self/fd/7/name" }))).toBe(
    "cannot open name: permission denied",
  );
  expect(explained(failure("EBADF", "read"))).toBe("cannot read: EBADF");
  for (const other of [
    new Error("own"),
    new BoxError("usage", "x"),
    Object.assign(new Error("x"), { code: "ERR_X" }),
    "x",
  ])
    expect(explainSystemFailure(other)).toBe(other);
});
