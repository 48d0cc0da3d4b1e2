import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { FileEntry, ReadOptions } from "../../src/engine/boxes.js";
import { awaitLog, box, DRIVER, runDetached } from "./box.js";
import { engine } from "./library.js";
import { BUSYBOX } from "./images.js";

const { files } = engine.boxes;

let id: string;
const ids: string[] = [];
async function inBox(script: string): Promise<string> {
  const { code, stdout, stderr } = await box(["exec", id, "sh", "-c", script]);
  if (code !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}
const namesOf = (entries: readonly FileEntry[]) => entries.map(({ name }) => name);
const refused = (code: string, reason: string | RegExp) => ({
  code,
  message: reason instanceof RegExp ? (expect.stringMatching(reason) as string) : reason,
});

async function contentOf(path: string, options?: ReadOptions): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of files.read(id, path, options)) pieces.push(piece);
  return Buffer.concat(pieces);
}
/** Calls a verb that takes only a path. */
const only = (verb: "stat" | "list" | "mkdir" | "remove") => (path: string) => files[verb](id, path);

beforeAll(async () => {
  const script = `mkdir -p /d/sub /empty && echo hi > /d/file && chown 5:6 /d/file && chmod 4750 /d/file
    touch -d @1700000000 /d/file; ln -s file /d/link; ln -s nowhere /d/dangling; ln -s loop2 /d/loop1; ln -s loop1 /d/loop2
    ln -s / /d/root; ln -s ../../../../etc/passwd /d/up; mkfifo /d/pipe; mknod /d/null c 1 3
    echo up; exec sleep 100000`;
  id = await runDetached([
    "--tmpfs",
    "/t",
    "--tmpfs",
    "/small:size=64k",
    "-v",
    "/v",
    BUSYBOX,
    "sh",
    "-c",
    script,
  ]);
  ids.push(id);
  await awaitLog(id, "up");
});
afterAll(async () => {
  await box(["rm", "-fv", ...ids]);
});

describe("the files of a running box", () => {
  it("are described correctly", async () => {
    expect(await files.stat(id, "/d/file")).toEqual({
      ...{ name: "file", path: "/d/file", type: "file", size: 3, mode: 0o4750, uid: 5, gid: 6 },
      mtimeMs: 1_700_000_000_000,
    });
    expect(await files.stat(id, "/d/link")).toMatchObject({ type: "symlink", target: "file" });
    expect(await files.stat(id, "d//./x/../link/", { follow: true })).toMatchObject({
      ...{ name: "link", path: "/d/link", type: "file", size: 3 },
    });
    expect(await files.stat(id, "/")).toMatchObject({ name: "/", path: "/", type: "directory" });
    expect(await files.stat(id, "/d/null")).toMatchObject({ type: "other", mode: 0o644 });
  });

  it("are listed in name order, without following links", async () => {
    const entries = await files.list(id, "/d");
    expect(namesOf(entries)).toEqual([
      "dangling",
      "file",
      "link",
      "loop1",
      "loop2",
      "null",
      "pipe",
      "root",
      "sub",
      "up",
    ]);
    expect(entries.find(({ name }) => name === "up")).toMatchObject({
      ...{ path: "/d/up", type: "symlink", target: "../../../../etc/passwd" },
    });
    expect(await files.list(id, "/empty")).toEqual([]);
    // Through a link to the root: it must be the box's root.
    expect(namesOf(await files.list(id, "/d/root"))).toEqual(namesOf(await files.list(id, "/")));
  });

  it("may have any name", async () => {
    const names = ["a b", "-rf", "new\nline", "ä€𝄞", "\u202eevil", "bad\udcff\udc80name", "\u001b[2J", "..."];
    const folder = "/names";
    await files.mkdir(id, folder);
    for (const name of names) await files.mkdir(id, `${folder}/${name}`);
    expect(namesOf(await files.list(id, folder)).sort()).toEqual([...names].sort());
    for (const name of names) expect(await files.stat(id, `${folder}/${name}`)).toMatchObject({ name });
    expect(await inBox("cd /names && printf %s bad*name | od -An -tx1")).toContain("62 61 64 ff 80 6e");
    for (const name of names) await files.remove(id, `${folder}/${name}`);
    expect(await files.list(id, folder)).toEqual([]);
  });

  it("are created, renamed and removed", async () => {
    await files.mkdir(id, "/made");
    await files.mkdir(id, "/made/a/b/c", { parents: true, mode: 0o1700 });
    await files.mkdir(id, "/made/a/b/c", { parents: true });
    expect([await files.stat(id, "/made/a/b"), await files.stat(id, "/made/a/b/c")]).toMatchObject([
      { type: "directory", mode: 0o755, uid: 0, gid: 0 },
      { type: "directory", mode: 0o1700 },
    ]);
    await files.rename(id, "/made/a", "/made/z");
    expect(namesOf(await files.list(id, "/made"))).toEqual(["z"]);
    await files.remove(id, "/made/z/b/c");
    await expect(files.remove(id, "/made")).rejects.toMatchObject(
      refused("not-empty", '"/made": Directory not empty'),
    );
    await files.remove(id, "/made", { recursive: true });
    await files.remove(id, "/made", { recursive: true, force: true });
    await expect(files.stat(id, "/made")).rejects.toMatchObject(
      refused("no-such-path", '"/made": No such file or directory'),
    );
  });

  it.each<[string, string, (where: string) => Promise<unknown>, string]>([
    ["no-such-path", "/d/none", only("stat"), "No such file or directory"],
    ["no-such-path", "/d/dangling/x", only("mkdir"), "No such file or directory"],
    ["not-a-directory", "/d/file", only("list"), "Not a directory"],
    ["not-a-directory", "/d/file/x", only("mkdir"), "Not a directory"],
    ["not-a-directory", "/d/pipe", only("list"), "Not a directory"],
    ["exists", "/d/sub", only("mkdir"), "File exists"],
    ["exists", "/d/dangling", only("mkdir"), "File exists"],
    ["exists", "/", only("mkdir"), "File exists"],
    ["busy", "/", only("remove"), "Resource busy"],
    ["busy", "/v", only("remove"), "Resource busy"],
    ["too-many-links", "/d/loop1/x", only("stat"), "Symbolic link loop"],
    ["name-too-long", `/${"n".repeat(256)}`, only("stat"), "Filename too long"],
    ["permission", "/dev/pts/none", only("mkdir"), "Operation not permitted"],
    ["read-only", "/sys/none", only("mkdir"), "Read-only file system"],
  ])("are refused with code %s at %s", async (code, path, act, reason) => {
    await expect(act(path)).rejects.toMatchObject(
      refused(code, new RegExp(`^"${path.slice(0, 80)}…?"?: ${reason}$`)),
    );
  });

  it("refuses invalid paths before it asks the box", async () => {
    await expect(files.stat(id, "")).rejects.toMatchObject({ code: "invalid-path" });
    await expect(files.stat(id, "/a\0b")).rejects.toMatchObject({ code: "invalid-path", message: /\\0/ });
    await expect(files.stat(id, "/\ud800")).rejects.toMatchObject({ code: "invalid-path" });
    await expect(files.stat(id, "/x".repeat(2048))).rejects.toMatchObject({ code: "name-too-long" });
    await expect(files.mkdir(id, "/x", { mode: 0o10000 })).rejects.toMatchObject({ code: "invalid-mode" });
  });

  it("are removed without link targets and without mounts", async () => {
    await inBox("mkdir -p /r/a/b /kept/in; echo k > /kept/file; ln -s /kept /r/a/link; echo f > /v/file");
    await files.remove(id, "/r/a/link");
    await inBox("ln -s /kept /r/a/link");
    await files.remove(id, "/r", { recursive: true });
    expect(namesOf(await files.list(id, "/kept"))).toEqual(["file", "in"]);
    await expect(files.remove(id, "/v", { recursive: true })).rejects.toMatchObject({ code: "busy" });
    expect(namesOf(await files.list(id, "/v"))).toEqual(["file"]);
    await expect(files.rename(id, "/v/file", "/t/file")).rejects.toMatchObject({ code: "other-file-system" });
  });

  it("may be numerous, and nested deeper than the longest path", async () => {
    const long = "n".repeat(200);
    await inBox(
      `i=0; mkdir /deep; cd /deep; while [ $i -lt 60 ]; do mkdir ${long}; cd ${long}; i=$((i+1)); done; echo x > f`,
    );
    await inBox(
      "mkdir -p /t/many/folders; cd /t/many; seq 10000 | xargs touch; cd folders; seq 2000 | xargs mkdir",
    );
    const many = await files.list(id, "/t/many");
    expect(many.length).toBe(10_001);
    expect(new Set(namesOf(many)).size).toBe(10_001);
    let seen = 0;
    for await (const { type } of files.entries(id, "/t/many")) if (type === "file" && ++seen === 100) break;
    expect(seen).toBe(100);
    await files.remove(id, "/deep", { recursive: true });
    await files.remove(id, "/t/many", { recursive: true });
    expect(await inBox("ls -d /deep /t/many 2>&1 || :")).toMatch(
      /deep: No such file(.|\n)*many: No such file/,
    );
  });

  it("are read and written at any size and with any bytes", async () => {
    const bytes = randomBytes(3_000_000);
    const check = async (path: string, data: Uint8Array) => {
      await files.write(id, path, data);
      expect(Buffer.compare(await contentOf(path), data)).toBe(0);
    };
    await check("/rw", bytes);
    await check("/rw", Buffer.alloc(0));
    await check("/t/rw", bytes.subarray(0, 1_048_577));
    await check("/v/rw", bytes.subarray(0, 65_536));
    async function* pieces() {
      yield bytes.subarray(0, 1);
      await Promise.resolve();
      yield new Uint8Array();
      yield bytes.subarray(1);
    }
    await files.write(id, "/rw", pieces());
    expect(Buffer.compare(await contentOf("/rw"), bytes)).toBe(0);
    expect(await contentOf("/rw", { offset: 2_999_990 })).toEqual(bytes.subarray(2_999_990));
    expect(await contentOf("/rw", { offset: 70_000, length: 5 })).toEqual(bytes.subarray(70_000, 70_005));
    expect(await contentOf("/rw", { offset: 4_000_000 })).toEqual(Buffer.alloc(0));
    expect(await contentOf("/rw", { length: 0 })).toEqual(Buffer.alloc(0));
    await inBox("truncate -s 5000000 /sparse; echo end >> /sparse");
    const sparse = await contentOf("/sparse");
    expect([
      sparse.length,
      sparse.subarray(-4).toString(),
      sparse.subarray(0, -4).every((byte) => byte === 0),
    ]).toEqual([5_000_004, "end\n", true]);
    // Files in /proc report a size of 0.
    expect((await contentOf("/proc/version")).toString()).toMatch(/^Linux/);
  });

  it("keep their mode and owner when rewritten, unless others are given", async () => {
    await inBox(
      "echo 1 > /own; chown 7:8 /own; chmod 4711 /own; ln -s own /to-own; ln -s /made-by-link /to-nothing",
    );
    await files.write(id, "/to-own", Buffer.from("2"));
    expect(await files.stat(id, "/own")).toMatchObject({ mode: 0o4711, uid: 7, gid: 8, size: 1 });
    expect(await files.stat(id, "/to-own")).toMatchObject({ type: "symlink" });
    await files.write(id, "/own", Buffer.from("34"), { mode: 0o600 });
    await files.write(id, "/own", Buffer.from("5"), { append: true });
    expect(await files.stat(id, "/own")).toMatchObject({ mode: 0o600, uid: 7, gid: 8 });
    expect(await inBox("cat /own")).toBe("345");
    await files.write(id, "/to-nothing", Buffer.from("x"));
    await files.write(id, "/appended", Buffer.from("y"), { append: true, mode: 0o640 });
    expect([await files.stat(id, "/made-by-link"), await files.stat(id, "/appended")]).toMatchObject([
      { mode: 0o644, uid: 0 },
      { mode: 0o640, size: 1 },
    ]);
    // A mount point cannot be replaced.
    await files.write(id, "/etc/hosts", Buffer.from("127.0.0.1 me\n"));
    expect(await inBox("cat /etc/hosts")).toBe("127.0.0.1 me\n");
  });

  it.each<[string, string]>([
    ["/d/none", "no-such-path"],
    ["/d/loop1", "too-many-links"],
    ["/d/sub", "is-a-directory"],
    ["/", "is-a-directory"],
    ["/d/pipe", "not-a-file"],
    ["/d/null", "not-a-file"],
    ["/d/file/x", "not-a-directory"],
  ])("are neither read nor written at %s: %s", async (path, code) => {
    await expect(contentOf(path)).rejects.toMatchObject({ code });
    if (code === "no-such-path") return;
    await expect(files.write(id, path, Buffer.from("x"))).rejects.toMatchObject({ code });
    await expect(files.write(id, path, Buffer.from("x"), { append: true })).rejects.toMatchObject({ code });
  });

  it("keep their contents when a write is cut short", async () => {
    await inBox("mkdir /whole; echo old > /whole/file");
    async function* breaking() {
      yield randomBytes(200_000);
      await Promise.resolve();
      throw new Error("no more");
    }
    await expect(files.write(id, "/whole/file", breaking())).rejects.toThrow("no more");
    const giving = new AbortController();
    async function* endless() {
      for (let sent = 0; ; sent++) {
        if (sent === 5) giving.abort(new Error("enough"));
        yield await Promise.resolve(randomBytes(50_000));
      }
    }
    const { signal } = giving;
    await expect(files.write(id, "/whole/file", endless(), { signal })).rejects.toThrow("enough");
    await expect(files.write(id, "/small/file", randomBytes(200_000))).rejects.toMatchObject(
      refused("no-space", '"/small/file": No space left on device'),
    );
    expect(await files.list(id, "/small")).toEqual([]);
    // The agent removes its partial file once it notices the end of the stream.
    await vi.waitUntil(async () => (await files.list(id, "/whole")).length === 1, {
      timeout: 60_000,
      interval: 200,
    });
    expect((await contentOf("/whole/file")).toString()).toBe("old\n");
  });

  it("stop being read when the reader of an endless file stops", async () => {
    let got = 0;
    await inBox("truncate -s 100000000000 /huge");
    for await (const piece of files.read(id, "/huge")) if ((got += piece.length) > 1_000_000) break;
    expect(got).toBeGreaterThan(1_000_000);
    const signal = AbortSignal.timeout(300);
    await expect(contentOf("/huge", { signal })).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("are left alone by an aborted verb", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(files.mkdir(id, "/never", { signal })).rejects.toThrow("enough");
    await expect(files.stat(id, "/never")).rejects.toMatchObject({ code: "no-such-path" });
  });
});

describe("the files of a stopped box", () => {
  it("are accessible, and read-only after the first run of a box that does not keep them", async () => {
    const flags = ["--vmm", DRIVER, "--cpus", "1", "--persistent=false"];
    const { stdout } = await box(["create", ...flags, BUSYBOX, "ls", "/made"]);
    const created = stdout.trim();
    ids.push(created);
    await files.mkdir(created, "/made/inside", { parents: true });
    expect((await box(["start", "-a", created])).stdout).toBe("inside\n");
    await expect(files.mkdir(created, "/late")).rejects.toMatchObject({ code: "not-running" });
    expect(await files.stat(created, "/etc/passwd")).toMatchObject({ type: "file" });
  });
});
