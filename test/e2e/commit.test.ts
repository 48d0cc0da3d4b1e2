import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildLister, differences, listFolder, normalise } from "../tree/listing.js";
import { readArchive } from "../../src/vm/protocol/control/client.js";
import { awaitLog, box, home, ROOT, run, runDetached, testEnvironment } from "./box.js";
import { BUSYBOX } from "./images.js";

const isRoot = process.getuid?.() === 0;

function buildGuest(): string {
  const folder = join(ROOT, "build", "e2e");
  const program = join(folder, "files-guest");
  mkdirSync(folder, { recursive: true });
  const source = join(import.meta.dirname, "files-guest.c");
  execFileSync("musl-gcc", ["-static", "-Os", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
  return program;
}

/** Unpacks an image with skopeo and umoci. Returns its configuration and the directory with its files. */
async function unpack(image: string, folder: string): Promise<{ config: unknown; files: string }> {
  const [archive, layout, bundle] = ["a.tar", "layout", "bundle"].map((name) => join(folder, name));
  const saved = await box(["save", "-o", archive ?? "", image]);
  expect(saved.stderr).toBe("");
  const copy = ["--insecure-policy", "copy", "-q", `oci-archive:${archive}`, `oci:${layout}:x`];
  execFileSync("skopeo", copy);
  execFileSync("umoci", ["unpack", "--image", `${layout}:x`, bundle ?? ""], { stdio: "pipe" });
  const config = execFileSync("skopeo", ["inspect", "--config", `oci:${layout}:x`], { encoding: "utf8" });
  return { config: JSON.parse(config), files: join(bundle ?? "", "rootfs") };
}

describe("an image committed from a box", () => {
  const folder = mkdtempSync(join(tmpdir(), "box-commit-"));
  const name = `made:${process.pid}`;
  let id: string;
  let lister: string;
  let made: { code: number | null; stdout: string; stderr: string };
  beforeAll(async () => {
    lister = await buildLister();
    const script = [
      "set -e; mkdir -p /new/deep /home/x; echo hi > /new/deep/file; ln /new/deep/file /new/again; ln -s /nowhere /new/link",
      "mknod /new/pipe p; mknod /new/null c 1 3; echo 1 > /new/tool; chown 1234:5678 /new/tool; chmod 6751 /new/tool",
      "/guest /new/tool /new/sparse; mkdir -m 1777 /new/empty",
      "rm /bin/ls; rm -rf /etc/network; mkdir /etc/network; echo 1 > /etc/network/x; echo v > /data/volume",
      "echo mine > /mounted/file; find /new -exec touch -h -d @86400 {} +; touch -d @3 /etc/network /etc/network/x",
      "/lister /new; echo up; sleep 10000",
    ];
    const mounts = [
      "--tmpfs",
      "/mounted",
      "-v",
      "/data",
      "-v",
      `${lister}:/lister:ro`,
      "-v",
      `${buildGuest()}:/guest:ro`,
    ];
    const flags = ["-e", "A=1", "-l", "team=web", "-w", "/new", "-p", "127.0.0.1::80", ...mounts];
    id = await runDetached([...flags, BUSYBOX, "sh", "-c", script.join("\n")]);
    await awaitLog(id, "up");
    const changes = [
      "-c",
      'CMD ["cat", "/new/deep/file"]',
      "-c",
      "ENV B=$A",
      "-m",
      "all of it",
      "-a",
      "Anna",
    ];
    made = await box(["commit", ...changes, id, name]);
  });
  afterAll(async () => {
    await box(["rm", "-fv", id]);
    await box(["rmi", "-f", name]);
    rmSync(folder, { recursive: true });
  });

  it("is reported by its ID alone", () => {
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  });

  it.skipIf(!isRoot)("contains every change of the box, as skopeo, umoci and new boxes see it", async () => {
    const lines = (await box(["logs", id])).stdout.split("\n");
    const inBox = normalise(lines.slice(0, lines.indexOf("up")));
    expect(inBox).toHaveLength(10);
    const { config, files } = await unpack(name, folder);
    expect(differences(inBox, normalise(await listFolder(join(files, "new"))))).toEqual([]);
    const again = await run(["--rm", "-v", `${lister}:/lister:ro`, name, "/lister", "/new"]);
    expect(again.stderr).toBe("");
    expect(differences(inBox, normalise(again.stdout.trimEnd().split("\n")))).toEqual([]);
    const find = [
      "bin/ls",
      "etc/network",
      "data",
      "mounted",
      "etc/hosts",
      "etc/resolv.conf",
      "etc/hostname",
      "proc",
      "dev",
    ];
    const script = 'find "$@" 2>/dev/null | sort';
    const found = execFileSync("sh", ["-c", script, "sh", ...find], { cwd: files, encoding: "utf8" });
    expect(found).toBe("data\ndev\netc/network\netc/network/x\nmounted\nproc\n");
    expect(config).toMatchObject({
      author: "Anna",
      config: {
        Env: expect.arrayContaining(["A=1", "B=1"]) as string[],
        Cmd: ["cat", "/new/deep/file"],
        WorkingDir: "/new",
        Labels: { team: "web" },
        ExposedPorts: { "80/tcp": {} },
        Volumes: { "/data": {} },
      },
    });
  });

  it("runs with the configuration passed to commit", async () => {
    expect(await run(["--rm", name])).toMatchObject({ code: 0, stdout: "hi\n", stderr: "" });
  });
});

describe("a commit of a box that keeps writing", () => {
  // Two files get each number one after the other: in a consistent snapshot they are equal, or the first is ahead by
  // one.
  const script =
    "trap 'exit 3' TERM; head -c 4000000 /dev/zero > /big; i=0; while :; do i=$((i+1)); echo $i >> /a; echo $i >> /z; [ $i = 50 ] && echo up; done";
  let id: string;
  beforeAll(async () => {
    id = await runDetached([BUSYBOX, "sh", "-c", script]);
    await awaitLog(id, "up");
  });
  afterAll(() => box(["rm", "-f", id]));

  it("captures a single moment and resumes the box", async () => {
    const name = `moment:${process.pid}`;
    try {
      const before = await box(["commit", id, name]);
      expect(before).toMatchObject({ code: 0, stderr: "" });
      const { stdout } = await run(["--rm", name, "tail", "-q", "-n1", "/a", "/z"]);
      const [a = 0, z = 0] = stdout.trim().split("\n").map(Number);
      expect(z).toBeGreaterThanOrEqual(49);
      expect([0, 1]).toContain(a - z);
      // It is writing again.
      const after = await box(["commit", "--pause=false", id]);
      expect(after.code).toBe(0);
      expect(after.stdout).not.toBe(before.stdout);
      await box(["rmi", after.stdout.trim()]);
    } finally {
      await box(["rmi", "-f", name]);
    }
  });

  it("resumes the box when the commit is aborted, and the box can be stopped", async () => {
    // Like a command that is killed after the first data arrives: /big exceeds all buffers on the way.
    const path = join(testEnvironment()["BOX_RUNTIME"] ?? "", `${id.slice(0, 12)}.sock`);
    const monitor = connect(path);
    await once(monitor, "connect");
    for await (const piece of readArchive(monitor, "still-changes")) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    const stopped = await box(["stop", id]);
    expect(stopped).toMatchObject({ code: 0, stderr: "" });
    const state = readFileSync(join(home(), "boxes", id, "state.json"), "utf8");
    expect(JSON.parse(state)).toMatchObject({ status: "exited", exitCode: 3 });
  });
});
