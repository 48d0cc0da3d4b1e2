import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SWITCH_SOCKET } from "../../src/net/named-network.js";
import { createUser, type TestUser } from "../registry/user.js";
import { runCommand } from "../unit/cli/command.js";

/** A user of this host with write access to little. */
const NOBODY = 54_311;

let user: TestUser;
let listener: Server;
/** Paths of the files that the tests prepare. */
let place: (name: string) => string;
beforeAll(async () => {
  user = await createUser();
  process.env["BOX_RUNTIME"] = join(user.folder, "run");
  place = (name) => join(user.folder, name);
  await mkdir(place("box/names"), { recursive: true });
  await mkdir(place("box/boxes/0123456789abcdef"), { recursive: true });
  await symlink("0123456789abcdef", place("box/names/taken"));
  await writeFile(place("bad.json"), '{"defaultAction": 7}');
  await writeFile(place("file"), "");
  await mkdir(place("shared"));
  await symlink("/etc", place("shared/out"));
  await symlink("nowhere", place("loose"));
  await symlink("round", place("round"));
  await mkdir(place("run"), { mode: 0o700 });
  execFileSync("mkfifo", [place("fifo")]);
  listener = createServer().listen(place("socket"));
  await once(listener, "listening");
});
afterAll(async () => {
  listener.close();
  delete process.env["BOX_RUNTIME"];
  await user.remove();
});

async function box(...words: string[]): Promise<{ code: number | null; said: string }> {
  const { code, stderr } = await runCommand(words, { cwd: user.folder, program: "box" });
  return { code, said: stderr };
}
const dryRun = (...words: string[]) => box("run", "--vmm", "qemu", "--dry-run", ...words);

/** The real command reports the same error, before it looks for the image, which does not exist here. */
async function expectRefusal(words: string[], said: RegExp): Promise<void> {
  const results = [
    await dryRun(...words, "nginx"),
    await box("run", "--vmm", "qemu", "--pull", "never", ...words, "nginx"),
  ];
  const code = words.includes("-it") ? 1 : 125;
  const refused = { code, said: expect.stringMatching(said) as string };
  expect([words, ...results]).toEqual([words, refused, refused]);
}

it("a dry run fails where a run fails before it looks for the image", { tags: "slow" }, async () => {
  const wrong = [
    ["--security-opt", "seccomp=/no/such.json"],
    ["--security-opt", `seccomp=${place("bad.json")}`],
    ["--name", "taken"],
    ["--device", "/dev/no-such-device"],
    ["--network", "none", "-p", "80:80"],
    ["--network", "none", "--add-host", "here:host-gateway"],
    ["--sidecar", "{}"],
    ["-it"],
  ];
  for (const words of wrong) await expectRefusal(words, /^box: /);
  expect((await dryRun("--name", "free", "nginx")).code).toBe(0);
});

it("a dry run checks the sources of volumes", { tags: "slow" }, async () => {
  const mount = (source: string) => ["--mount", `type=bind,src=${source},dst=/x`];
  const wrong: [string[], RegExp][] = [
    [
      mount(place("missing")),
      /^box: volume at \/x: cannot mount host path .*missing": no such file or directory\nhint: create it first\n/,
    ],
    [
      ["-v", `${place("socket")}:/x`],
      /^box: volume at \/x: .*socket" is neither a directory nor a regular file/,
    ],
    [mount(place("fifo")), /^box: volume at \/x: .*fifo" is neither a directory nor a regular file/],
    [["-v", "/dev/null:/x"], /^box: volume at \/x: "\/dev\/null" is neither/],
    [
      ["-v", `${place("file")}/below:/x`],
      /^box: volume at \/x: cannot mount host path .*below": not a directory\n$/,
    ],
    [mount(place("loose")), /^box: volume at \/x: cannot mount host path .*loose"/],
    [
      ["-v", `${place("n")}/${"a/".repeat(9)}${"n".repeat(256)}:/x`],
      /^box: volume at \/x: .*: file name too long\n$/,
    ],
    [
      ["-v", `${place("shared")}:/a`, "-v", `${place("shared")}/out:/b`],
      /out" is a symbolic link that leads out of/,
    ],
    [["-v", "/tmp:/x", "-v", "/usr:/x"], /^box: Duplicate mount point: "?\/x"?\n/],
    [["--workspace", place("fifo")], /^box: --workspace: .* is neither a directory nor a regular file/],
    [["--workspace", place("file")], /^box: --workspace: .*file" is not a directory\n$/],
    [mount("/dev/null"), /^box: volume at \/x: "\/dev\/null" is neither/],
    [
      ["-v", "/sys/foo:/x"],
      /^box: volume at \/x: cannot mount host path "\/sys\/foo": permission denied\nhint: it does not exist, and you may not create it\n$/,
    ],
    [["-v", "/proc/foo/bar:/x"], /^box: volume at \/x: cannot mount host path "\/proc\/foo\/bar": /],
    [["-v", `${place("round")}:/x`], /^box: volume at \/x: .*: too many symbolic links\n$/],
  ];
  for (const [words, said] of wrong) await expectRefusal(words, said);
});

it(
  "no mount may hide what a box itself needs, and each target takes one mount",
  { tags: "slow" },
  async () => {
    await mkdir(place("d"), { recursive: true });
    const source = place("d");
    for (const target of [
      "/proc",
      "/sys",
      "/dev",
      "/dev/pts",
      "/proc/self",
      "/proc/sys/kernel",
      "/x/../proc/",
    ])
      for (const [flag, value] of [
        ["-v", `${source}:${target}`],
        ["--mount", `type=bind,src=${source},dst=${target}`],
        ["--mount", `type=tmpfs,dst=${target}`],
        ["--tmpfs", target],
      ] as const)
        await expectRefusal([flag, value], new RegExp(`^box: ${flag}: .* (would hide /|.* is inside /proc)`));
    for (const words of [
      ["--tmpfs", "/a", "-v", `${source}:/a`],
      ["--tmpfs", "/a", "--mount", "type=volume,dst=/a/"],
      ["--workspace", source, "-v", "data:/workspace"],
    ])
      await expectRefusal(words, /^box: Duplicate mount point: /);
    const right = [
      "-v",
      "data:/dev/shm",
      "--tmpfs",
      "/sys/fs/cgroup",
      "-v",
      `${place("file")}:/proc/cpuinfo`,
    ];
    expect(await dryRun(...right, "nginx")).toEqual({ code: 0, said: "" });
  },
);

it("an error in a configuration names its field, not a flag", async () => {
  for (const [volumes, said] of [
    [["x:y"], /^box: --config \S+: volumes: "x:y" has "y"/],
    [["type=bind,src=/x,dst=/proc"], /^box: --config \S+: volumes: .* would hide \/proc/],
    [["/dev/null:/x"], /^box: volume at \/x: "\/dev\/null" is neither/],
  ] as const) {
    await writeFile(place("volumes.json"), JSON.stringify({ volumes }));
    await expectRefusal(["--config", place("volumes.json")], said);
  }
});

it("a dry run accepts paths that a run would create, and creates none of them", async () => {
  const before = await readdir(user.folder, { recursive: true });
  const right = [
    ["-v", `${place("new/one")}:/x`, "--mount", `type=bind,src=${place("new/one")},dst=/y`],
    ["-v", `${place("new/one")}:/x`, "-v", `${place("new")}:/y`, "-v", `${place("new/two")}:/z`],
    ["-v", `${place("loose")}:/x`],
    ["-v", "data:/x", "-v", "/y"],
    ["--network", "bridge:web", "--cidfile", place("id"), "--workspace", place("work")],
    ["-p", "0:80", "--cpuset-cpus", "0"],
  ];
  for (const words of right)
    expect([words, await dryRun(...words, "nginx")]).toEqual([words, { code: 0, said: "" }]);
  expect((await readdir(user.folder, { recursive: true })).sort()).toEqual(before.sort());
});

it("a dry run checks ports; a dry run of create leaves them to start", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    await expectRefusal(
      ["-p", `127.0.0.1:${port}:80`],
      /^box: -p: Bind for .* failed: port is already allocated/,
    );
    for (const [one, other] of [
      ["127.0.0.1:", "0.0.0.0:"],
      ["", "127.0.0.1:"],
      ["[::]:", "0.0.0.0:"],
    ])
      await expectRefusal(
        ["-p", `${one ?? ""}7:80`, "-p", `${other ?? ""}7:81`],
        /^box: -p: host port 7 is published twice: on (all addresses|\S+) and on /,
      );
    await expectRefusal(["-p", "192.0.2.77:0:80"], /^box: -p: 192.0.2.77 is not an address of this host/);
    expect((await box("create", "--dry-run", "-p", `127.0.0.1:${port}:80`, "nginx")).code).toBe(0);
  } finally {
    server.close();
  }
});

it("a dry run checks the host's CPUs, limits, files and networks", async () => {
  const wrong: [string[], RegExp][] = [
    [["--cpuset-cpus", `${availableParallelism() + 4000}`], /^box: --cpuset-cpus: CPU .* is not available/],
    [["--config", place("missing.json")], /^box: --config .* cannot be read/],
    [["--env-file", place("missing.env")], /^box: --env-file .* cannot be read/],
    [["--verify", place("missing.pub")], /missing.pub.* cannot be read/],
    [["--cidfile", place("file")], /^box: container ID file found, .* delete /],
    [["--cidfile", place("loose")], /^box: container ID file found, .* delete /],
    [["--cidfile", place("no/where/id")], /^box: --cidfile: .* cannot be created: no such file or directory/],
    [["--cidfile", "/proc/zz"], /^box: --cidfile: "\/proc\/zz" cannot be created: /],
    [["--cidfile", "n".repeat(300)], /^box: --cidfile: .* cannot be created: file name too long\n$/],
    [["--network", "bridge:blocked"], /^box: --network: .* exists, so network blocked cannot be used/],
  ];
  await mkdir(place(`run/${SWITCH_SOCKET}`));
  try {
    for (const [words, said] of wrong) await expectRefusal(words, said);
  } finally {
    await rmdir(place(`run/${SWITCH_SOCKET}`));
  }
});

it("a dry run checks which directories the user may write to", { tags: "slow" }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-dry-"));
  try {
    await chmod(folder, 0o755);
    // The project may be in a directory that only root can enter.
    for (const part of ["dist", "runtime-files"])
      await cp(join(process.cwd(), part), join(folder, part), { recursive: true });
    await mkdir(join(folder, "own"));
    await chown(join(folder, "own"), NOBODY, NOBODY);
    const run = (variables: NodeJS.ProcessEnv, ...words: string[]) => {
      const own = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"];
      const command = [join(folder, "dist", "box"), "run", "--vmm", "qemu", "--dry-run", ...words, "nginx"];
      const home = join(folder, "own", "home");
      const env = { PATH: process.env["PATH"], HOME: folder, BOX_HOME: home, ...variables };
      const { status, stderr } = spawnSync("setpriv", [...own, ...command], {
        encoding: "utf8",
        env,
        cwd: "/",
      });
      return { code: status, said: stderr };
    };
    const refused = (said: RegExp) => ({ code: 125, said: expect.stringMatching(said) as string });
    expect(run({}, "-v", `${folder}/own/new:/x`)).toEqual({ code: 0, said: "" });
    expect(run({}, "-v", `${folder}/new:/x`)).toEqual(
      refused(
        /^box: volume at \/x: cannot mount host path .*: permission denied\nhint: it does not exist, and you may not create it\n$/,
      ),
    );
    expect(run({}, "--cidfile", `${folder}/id`)).toEqual(refused(/^box: --cidfile: .* cannot be created/));
    expect(run({ BOX_HOME: `${folder}/home` })).toEqual(refused(/^box: .*home/));
    expect(run({ BOX_RUNTIME: `${folder}/dist` })).toEqual(
      refused(/^box: .*dist is not a private directory of this user/),
    );
    expect(await readdir(join(folder, "own"))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("no tracked source file contains a NUL byte, which would make Git treat it as binary", () => {
  const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0");
  const sources = files.filter((name) => /\.(ts|js|c|h|md|json|sh|ya?ml)$/.test(name));
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter((name) => readFileSync(name).includes(0))).toEqual([]);
});
