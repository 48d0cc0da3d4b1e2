import { spawn } from "node:child_process";
import { chown, cp, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, push, startRegistry, type Registry } from "../registry/registry.js";
import { DRIVER, fetchText, finish, type Result, ROOT } from "./box.js";

const NOBODY = 65534;
/** If root runs the tests, it becomes nobody; any other user is unprivileged already. */
const uid = process.getuid?.() === 0 ? NOBODY : (process.getuid?.() ?? 0);
const gid = process.getuid?.() === 0 ? NOBODY : (process.getgid?.() ?? 0);

/** Supplementary groups as after a login (Debian's sudo and users), and no IDs in /etc/subuid. */
const LOGIN =
  process.getuid?.() === 0
    ? ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--groups=27,100", "--"]
    : ["env"];

let folder: string;
let registry: Registry;
const image = (name: string) => `${registry.host}/test/${name}:latest`;

/** Creates a directory that the user owns. */
async function ownFolder(name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  await chown(path, uid, gid);
  return path;
}

async function asUser(args: string[]): Promise<Result> {
  const child = spawn(LOGIN[0] ?? "", [...LOGIN.slice(1), join(folder, "box", "dist", "box"), ...args], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: join(folder, "home"),
      BOX_HOME: join(folder, "home", "box"),
      BOX_RUNTIME: join(folder, "run"),
    },
    stdio: "pipe",
  });
  child.stdin.end();
  return finish(child);
}

const runAsUser = (args: string[]) => asUser(["run", "--vmm", DRIVER, "--cpus", "1", ...args]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-user-"));
  await chown(folder, uid, gid);
  // The project may be in a directory that only root can enter.
  for (const part of ["dist", "runtime-files"])
    await cp(join(ROOT, part), join(folder, "box", part), { recursive: true });
  await ownFolder("home");
  registry = await startRegistry();
  for (const name of ["busybox", "nginx"]) {
    push(join(ROOT, "build", "images", name), image(name));
    const { code, stderr } = await asUser(["pull", "-q", image(name)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  }
});

afterAll(async () => {
  const ids = (await asUser(["ps", "-aq"])).stdout.split("\n").filter(Boolean);
  if (ids.length > 0) await asUser(["rm", "-f", ...ids]);
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("an unprivileged user", () => {
  it("is root in the box", async () => {
    const script = "id -u; touch /root/x && chown 1:2 /root/x && stat -c %u:%g /root/x";
    const { code, stdout, stderr } = await runAsUser(["--rm", image("busybox"), "sh", "-c", script]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "0\n1:2\n", stderr: "" });
  });

  // On QEMU, these are the same.
  it.each(DRIVER === "krun" ? ["tsi", "bridge"] : ["bridge"])(
    "runs nginx behind a published port, --network %s",
    async (mode) => {
      const port = await freePort();
      const flags = ["-d", "--network", mode, "-p", `127.0.0.1:${port}:80`];
      const { stdout, stderr, code } = await runAsUser([...flags, image("nginx")]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const page = await fetchText(`http://127.0.0.1:${port}/`);
      expect(page).toContain("Welcome to nginx!");
      expect((await asUser(["stop", stdout.trim()])).code).toBe(0);
      expect((await asUser(["rm", stdout.trim()])).code).toBe(0);
    },
  );

  it("owns the files that root in the box creates in a volume, and can share a directory that root in the box cannot change", async () => {
    const [shared, kept] = [await ownFolder("shared"), await ownFolder("kept")];
    await writeFile(join(kept, "file"), "kept\n");
    await chown(join(kept, "file"), uid, gid);
    const script = [
      "id -u > /v/file && mkdir /v/sub && ln -s file /v/link && stat -c %u:%g /v/file",
      "cat /k/file",
      "echo x > /k/file",
      "rm /k/file",
      "mount -o remount,rw /k && echo x > /k/file",
      "mkdir /m && mount -t virtiofs volumes /m && for each in /m/*; do echo x > $each/file; done",
      "chmod 777 /k/file /m/*/file",
      "true",
    ].join("; ");
    const flags = ["--rm", "-v", `${shared}:/v`, "-v", `${kept}:/k:ro`];
    const { code, stdout } = await runAsUser([...flags, image("busybox"), "sh", "-c", script]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "0:0\nkept\n" });
    for (const name of ["file", "sub", "link"])
      expect(await lstat(join(shared, name))).toMatchObject({ uid, gid });
    expect(await readFile(join(shared, "file"), "utf8")).toBe("0\n");
    expect(await readFile(join(kept, "file"), "utf8")).toBe("kept\n");
    expect((await stat(join(kept, "file"))).mode & 0o777).toBe(0o644);
  });

  it("keeps the box's files private", async () => {
    const home = await stat(join(folder, "home", "box"));
    expect({ uid: home.uid, mode: home.mode & 0o777 }).toEqual({ uid, mode: 0o700 });
  });
});
