import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  awaitGone,
  buildPrograms,
  firstOutput,
  members,
  run,
  writeScript,
  type Programs,
} from "./vmm-program.js";

// A shell script replaces virtiofsd and tests the share from inside: what it cannot do, a guest cannot do either.

const ROOT = process.getuid?.() === 0;
/** A user with neither an account nor subordinate ids. */
const STRANGER = 54_321;

let programs: Programs;
let folder: string;

beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

const path = (...names: string[]) => join(folder, ...names);

beforeEach((context) => {
  folder = join(programs.folder, `${context.task.id} a, ü`);
  for (const name of ["writable", "kept", "kept/below"]) mkdirSync(path(name), { recursive: true });
  writeFileSync(path("kept", "file"), "kept\n");
  writeFileSync(path("one"), "one\n");
});

function own(uid: number): void {
  for (const name of ["", "writable", "kept", "kept/below", "kept/file", "one"])
    chownSync(path(name), uid, uid);
}

/** Arguments of the helper: volumes, a script as the file server, and a fake QEMU. */
function words(script: string, vmm = ["sleep", "10000"]): string[] {
  const server = writeScript(join(programs.folder, "virtiofsd"), `S="\${2#--shared-dir=}"; ${script}`);
  return [
    ...["qemu", "--virtiofsd", server],
    ...["--share-preload", programs.sharePreload],
    ...["--volume", "rw", path("writable"), "0"],
    ...["--volume", "ro", path("kept"), "1"],
    ...["--volume", "rw", path("one"), "a b, ü"],
    ...["--", ...vmm],
  ];
}

const ATTACK = [
  'cat "$S/1/file"',
  'echo new > "$S/0/made"',
  'echo two > "$S/a b, ü"',
  'echo x > "$S/1/file"',
  'touch "$S/1/new"',
  'rm "$S/1/file"',
  'touch "$S/new"',
  'ls "$S"',
].join("; ");

function expectKept(): void {
  expect(readFileSync(path("kept", "file"), "utf8")).toBe("kept\n");
  expect(execFileSync("ls", [path("kept")], { encoding: "utf8" })).toBe("below\nfile\n");
  expect(readFileSync(path("writable", "made"), "utf8")).toBe("new\n");
  expect(readFileSync(path("one"), "utf8")).toBe("two\n");
}

const users = [["the caller", process.getuid?.() ?? 0], ...(ROOT ? [["a stranger", STRANGER]] : [])] as [
  string,
  number,
][];

describe.each(users)("volumes of %s", (_, uid) => {
  it("are files and directories of the share, some of them read-only", async () => {
    if (uid === STRANGER) own(uid);
    const { stdout, stderr } = await run(programs.helper, words(ATTACK), {
      stdio: ["ignore", "pipe", "pipe"],
      ...(ROOT ? { uid, gid: uid } : {}),
    });
    expect(stderr.match(/Read-only file system/g)).toHaveLength(4);
    expect(stdout).toBe("kept\n0\n1\na b, ü\n");
    expectKept();
    expect(statSync(path("writable", "made")).uid).toBe(uid);
    expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain("box /proc/fs");
  });

  it("end the VMM if they cannot be used, with an error that names them", async () => {
    rmSync(path("one"));
    const { code, stderr } = await run(programs.helper, words("echo never"), {
      stdio: ["ignore", "pipe", "pipe"],
      ...(ROOT ? { uid, gid: uid } : {}),
    });
    expect(stderr).toBe(`box-vmm: cannot use the volume ${path("one")}: No such file or directory\n`);
    expect(code).toBe(125);
  });
});

describe("a volume's path", () => {
  const start = () => run(programs.helper, words('echo never; ls -R "$S"'));

  it.each([
    ["the directory itself", "kept", "it"],
    ["a directory above it", "", "its folder"],
    ["the file itself", "one", "it"],
  ])("is refused if a link has replaced %s", async (_, name, which) => {
    const place = name === "" ? folder : path(name);
    renameSync(place, `${place} before`);
    symlinkSync("/etc", place);
    const { code, stdout, stderr } = await start();
    const volume = which === "it" ? place : path("writable");
    const link = which === "it" ? "it" : place;
    expect({ code, stdout, stderr }).toEqual({
      code: 125,
      stdout: "",
      stderr: `box-vmm: cannot use the volume ${volume}: ${link} has become a link\n`,
    });
    rmSync(place);
  });

  it("is named in the error even if it is refused before the VMM has started", async () => {
    rmSync(path("one"));
    // Finding the VMM's program takes long; by then the namespace's first process has ended, and it cannot be forked.
    const PATH = `${"/n:".repeat(40_000)}${process.env["PATH"] ?? ""}`;
    const { stderr } = await run(programs.helper, words("echo never"), { env: { ...process.env, PATH } });
    expect(stderr).toBe(`box-vmm: cannot use the volume ${path("one")}: No such file or directory\n`);
  });

  it("may not lead to a device", async () => {
    rmSync(path("one"));
    execFileSync("mkfifo", [path("one")]);
    expect((await start()).stderr).toBe(
      `box-vmm: cannot use the volume ${path("one")}: it is neither a directory nor a regular file\n`,
    );
  });
});

describe("a read-only volume", () => {
  it.runIf(ROOT)("is read-only in mounts below it too", async () => {
    const script = 'touch "$S/1/below/new"; cat "$S/1/below/deep"';
    const inner = `mount -t tmpfs t "$0" && echo deep > "$0/deep" && exec "$@"`;
    const { stdout, stderr } = await run("unshare", [
      ...["--mount", "sh", "-c", inner, path("kept", "below")],
      ...[programs.helper, ...words(script)],
    ]);
    expect(stderr).toContain("Read-only file system");
    expect(stdout).toBe("deep\n");
  });
});

describe.runIf(ROOT)("the supplementary groups of a user without subordinate ids", () => {
  it("do not prevent the file server, which tries to drop them, from starting", async () => {
    own(STRANGER);
    const script = 'setpriv --clear-groups sh -c "id -G; ls \\"\\$1\\"" sh "$S"';
    const login = [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, "--groups=27,100"];
    const { code, stdout, stderr } = await run("setpriv", [...login, programs.helper, ...words(script)]);
    expect({ stdout, stderr, code }).toEqual({ stdout: "0 65534\n0\n1\na b, ü\n", stderr: "", code: 0 });
  });
});

describe("the file server", () => {
  /** Starts the watcher, the file server and QEMU, and waits until all of them are running. */
  const start = async (...options: string[]) => {
    const command = words("echo up; exec sleep 10000", ["sh", "-c", "echo up; exec sleep 10000"]);
    command.splice(1, 0, ...options);
    const child = spawn(programs.helper, command, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    while (text.length < "up\nup\n".length) text += await firstOutput(child);
    const [server = 0, machine = 0] = members(child.pid);
    return { child, server, machine };
  };

  it.each(["server", "machine"] as const)("and the VMM end when the %s does", async (first) => {
    const { child, server, machine } = await start();
    const closed = once(child, "close");
    process.kill({ server, machine }[first], "SIGKILL");
    expect(await closed).toEqual([null, "SIGKILL"]);
    await Promise.all([awaitGone(server), awaitGone(machine)]);
  });

  it("and the VMM end when the network process does", async () => {
    const { child } = await start("--bridge", programs.network, programs.libslirp, "1500");
    const all = members(child.pid);
    const nameOf = (pid: number) => readFileSync(`/proc/${pid}/comm`, "utf8");
    const closed = once(child, "close");
    process.kill(all.find((pid) => nameOf(pid) === "box-network\n") ?? 0, "SIGKILL");
    expect(await closed).toEqual([null, "SIGKILL"]);
    await Promise.all(all.map(awaitGone));
  });

  it("is named if it fails", async () => {
    const { code, stderr } = await run(programs.helper, words("exit 3"));
    expect(stderr).toBe("box-vmm: the file server of the volumes ended: code 3\n");
    expect(code).toBe(3);
  });

  it("and the VMM end with the watcher", { tags: "slow" }, async () => {
    const { child, server, machine } = await start();
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await Promise.all([closed, awaitGone(server), awaitGone(machine)]);
  });

  it("has its own library, but not the policy's library or the agent's stream", async () => {
    const script = 'basename "$(readlink "$LD_PRELOAD")"; readlink /proc/self/fd/3';
    const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
    const { stdout } = await run(programs.helper, words(script), { stdio: [...stdio] });
    expect(stdout).toBe("libboxshare.so\n");
  });
});
