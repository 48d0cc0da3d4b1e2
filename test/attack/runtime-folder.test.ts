import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const ID = "0123456789ab".padEnd(64, "d");
const [VICTIM, ATTACKER] = [54_301, 54_302];

/** A monitor that answers any client, and prints how many have connected. */
const MONITOR = `
const { createServer } = require("node:net");
const message = (value) => {
  const text = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(5);
  head.writeUInt32LE(text.length, 0);
  return Buffer.concat([head, text]);
};
process.umask(0);
process.chdir(process.argv[1]);
createServer((socket) => {
  console.log("connected");
  socket.on("error", () => undefined);
  socket.once("data", () => {
    socket.write(message({ event: "started" }));
    socket.end(message({ event: "exited", exitCode: 7, oomKilled: false }));
  });
}).listen(process.argv[2], () => console.log("listening"));
`;

let built: string;
let folder: string;
let temporary: string;
const listeners: ChildProcess[] = [];

/** Creates a directory that belongs to a user. */
async function own(path: string, uid: number, mode = 0o700): Promise<string> {
  await mkdir(path);
  await chown(path, uid, uid);
  await chmod(path, mode);
  return path;
}

beforeAll(async () => {
  // The project may be in a directory that only root can enter.
  built = await mkdtemp(join(tmpdir(), "box-built-"));
  await chmod(built, 0o755);
  await cp(join(ROOT, "dist"), join(built, "dist"), { recursive: true });
});
afterAll(() => rm(built, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-shared-"));
  await chmod(folder, 0o755);
  temporary = join(folder, "tmp");
  await own(temporary, 0, 0o1777);
  await own(join(folder, "home"), VICTIM);
  for (const name of ["names", "boxes", `boxes/${ID}`]) await own(join(folder, "home", name), VICTIM);
  await symlink(ID, join(folder, "home", "names", "web"));
});
afterEach(async () => {
  for (const listener of listeners.splice(0)) {
    if (listener.exitCode !== null || listener.signalCode !== null) continue;
    listener.kill("SIGKILL");
    await once(listener, "close");
  }
  await rm(folder, { recursive: true });
});

/** Listens as a box's monitor would. Returns a function that counts the connections. */
async function listenIn(path: string, uid: number): Promise<() => number> {
  const name = `${ID.slice(0, 12)}.sock`;
  const child = spawn(process.execPath, ["-e", MONITOR, path, name], {
    ...{ uid, gid: uid, cwd: "/" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  listeners.push(child);
  let connections = 0;
  const lines = createInterface(child.stdout);
  lines.on("line", (line) => (connections += line === "connected" ? 1 : 0));
  await once(lines, "line");
  return () => connections;
}

const PROGRAMS = ["box", "box.js"] as const;

/** Runs the victim's `box exec`, with the native client or with Node. */
async function exec(program: (typeof PROGRAMS)[number], variables: NodeJS.ProcessEnv) {
  const command = [join(built, "dist", program), "exec", "-e", "TOKEN=secret", "web", "true"];
  const words = program === "box" ? command : [process.execPath, "--", ...command];
  const child = spawn(words[0] ?? "", words.slice(1), {
    ...{ uid: VICTIM, gid: VICTIM, cwd: "/" },
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      TMPDIR: temporary,
      BOX_HOME: join(folder, "home"),
      ...variables,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr };
}

describe.skipIf(process.getuid?.() !== 0)("a socket directory within another user's reach", () => {
  describe.each(PROGRAMS)("%s", (program) => {
    it("is ignored in the default location without a session", async () => {
      const connections = await listenIn(
        await own(join(temporary, `box-${VICTIM}`), ATTACKER, 0o777),
        ATTACKER,
      );
      expect((await exec(program, {})).code).not.toBe(7);
      expect(connections()).toBe(0);
    });

    it("is ignored in the session's runtime directory", async () => {
      const session = await own(join(folder, "session"), ATTACKER, 0o777);
      const connections = await listenIn(await own(join(session, "box"), ATTACKER, 0o777), ATTACKER);
      expect((await exec(program, { XDG_RUNTIME_DIR: session })).code).not.toBe(7);
      expect(connections()).toBe(0);
    });

    it.each(["another user's", "a link", "a link to a folder of the victim's", "writable by all", "a file"])(
      "is refused in one line when BOX_RUNTIME names it: %s",
      async (kind) => {
        const real = await own(join(folder, "real"), ATTACKER, 0o777);
        const run = join(folder, "run");
        const connections = await listenIn(real, ATTACKER);
        if (kind === "another user's") await own(run, ATTACKER, 0o777);
        else if (kind === "a link") await symlink(real, run);
        else if (kind === "a file") await writeFile(run, "");
        else if (kind === "writable by all") await own(run, VICTIM, 0o777);
        else await symlink(await own(join(folder, "victims"), VICTIM), run);
        const { code, stderr } = await exec(program, { BOX_RUNTIME: run });
        expect(code).not.toBe(7);
        expect(stderr).toMatch(/^box: \S+\/run is not a private directory of this user: .*\nhint: .*\n$/);
        expect(connections()).toBe(0);
      },
    );

    it.each(["BOX_RUNTIME", "XDG_RUNTIME_DIR", "BOX_HOME", "TMPDIR"])(
      "is where a monitor is found if it belongs to the user alone: by %s",
      async (variable) => {
        const session = await own(join(folder, "session"), VICTIM);
        const [path, variables] = {
          // Longer than the address of a socket may be.
          BOX_RUNTIME: [join(folder, "r".repeat(200)), { BOX_RUNTIME: join(folder, "r".repeat(200)) }],
          XDG_RUNTIME_DIR: [join(session, "box"), { XDG_RUNTIME_DIR: session }],
          BOX_HOME: [join(folder, "home", "run"), { XDG_RUNTIME_DIR: "/nonexistent" }],
          TMPDIR: [join(temporary, `box-${VICTIM}`), {}],
        }[variable] as [string, NodeJS.ProcessEnv];
        const connections = await listenIn(await own(path, VICTIM), VICTIM);
        expect(await exec(program, variables)).toEqual({ code: 7, stderr: "" });
        expect(connections()).toBe(1);
      },
    );
  });

  it("a monitor of another user is not contacted, even in one's own directory", async () => {
    const run = await own(join(folder, "run"), VICTIM, 0o777);
    await listenIn(run, ATTACKER);
    await chmod(run, 0o700);
    expect(await exec("box", { BOX_RUNTIME: run })).toEqual({
      code: 125,
      stderr: expect.stringContaining("belongs to another user") as string,
    });
  });

  it.each(["another user's", "a link"])(
    "box-vmm creates no socket in a directory that is %s",
    async (kind) => {
      const real = await own(join(folder, "real"), kind === "a link" ? VICTIM : ATTACKER, 0o777);
      const run = join(folder, "run");
      await symlink(real, run);
      const place = kind === "a link" ? run : real;
      const child = spawn(
        join(built, "dist", "native", "box-vmm"),
        [
          ...["launch", "--lock", join(folder, "home", "lock"), "--socket", join(place, "x.sock")],
          ...["--monitor-arg", "/bin/true", "--", "qemu"],
        ],
        { uid: VICTIM, gid: VICTIM, cwd: "/", stdio: ["ignore", "ignore", "pipe"] },
      );
      let stderr = "";
      child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
      expect(await once(child, "close")).toEqual([125, null]);
      expect(stderr).toContain(place);
    },
  );
});
