import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { Box as LibraryBox, Engine } from "../../src/index.js";
import { DRIVER, testEnvironment } from "./box.js";
import { BUSYBOX } from "./images.js";
import { Box, BoxError, closeBoxes, create, engine, keep, openEngine } from "./library.js";

afterAll(closeBoxes);

let shared: Promise<LibraryBox> | undefined;
/** A box shared by all tests that leave nothing behind in it. */
const box = () => (shared ??= keep(create({ image: BUSYBOX })));

const codeOf = (error: unknown) => (error instanceof BoxError ? error.code : error);

describe("exec", () => {
  it("is a promise of exit code and output", async () => {
    const result = await (await box()).exec("sh", ["-c", "echo out; echo err >&2; exit 3"]);
    expect(result).toEqual({ exitCode: 3, stdout: "out\n", stderr: "err\n", truncated: false });
  });

  it("is an iterable of output, and still a promise afterwards", async () => {
    const run = (await box()).exec("sh", ["-c", "echo one; read line; echo $line >&2"], { stdin: true });
    const seen: string[] = [];
    for await (const { stream, data } of run) {
      seen.push(`${stream} ${data.trim()}`);
      if (seen.length === 1) await run.stdin.write("two\n");
    }
    expect(seen).toEqual(["stdout one", "stderr two"]);
    expect(await run).toMatchObject({ exitCode: 0, stdout: "one\n", stderr: "two\n" });
  });

  it("accepts environment, working directory, user and a terminal", async () => {
    const script = 'echo "$A" "$(pwd)" "$(id -u)"; test -t 0 && stty size';
    const options = { env: { A: "a b" }, cwd: "/tmp", user: "65534", tty: { rows: 5, columns: 70 } };
    const { stdout } = await (await box()).exec("sh", ["-c", script], options);
    expect(stdout.replaceAll("\r", "")).toBe("a b /tmp 65534\n5 70\n");
  });

  it("passes a string, bytes or an iterable to a program's stdin", async () => {
    async function* pieces() {
      yield "a";
      yield Buffer.alloc(300_000, "b");
      await Promise.resolve();
      yield "c";
    }
    const count = async (stdin: string | Uint8Array | AsyncIterable<string | Uint8Array>) =>
      (await (await box()).exec("wc", ["-c"], { stdin })).stdout.trim();
    expect(await Promise.all([count("ä"), count(Buffer.alloc(5)), count(pieces())])).toEqual([
      "2",
      "5",
      "300002",
    ]);
  });

  it("returns bytes on request, and no more than the given limit", async () => {
    const { stdout, truncated } = await (
      await box()
    ).exec("sh", ["-c", "printf '\\377\\376'; head -c 100000 /dev/zero"], {
      encoding: "buffer",
      maxBytes: 1000,
    });
    expect([stdout.length, stdout[0], truncated]).toEqual([1000, 255, true]);
  });

  it("never splits a character between two chunks of output", async () => {
    const run = (await box()).exec("sh", ["-c", "printf '\\303'; sleep 0.2; printf '\\244'"]);
    const pieces: string[] = [];
    for await (const { data } of run) pieces.push(data);
    expect(pieces).toEqual(["ä"]);
  });

  it("holds back a program whose output nobody reads, and resumes it once it is awaited", async () => {
    const one = await box();
    const run = one.exec("sh", ["-c", "head -c 20000000 /dev/zero; echo done >/tmp/done"], { maxBytes: 10 });
    // No more than the pipes and windows on the way hold can have passed.
    await one
      .exec("sh", ["-c", "sleep 1; test ! -e /tmp/done"])
      .then(({ exitCode }) => expect(exitCode).toBe(0));
    expect(await run).toMatchObject({ exitCode: 0, truncated: true });
  });

  it("kills its program by signal name or number, on abort and on timeout", async () => {
    const one = await box();
    const killed = one.exec("sleep", ["1000"]);
    killed.kill("SIGTERM");
    expect(await killed.exitCode).toBe(143);
    const abort = new AbortController();
    const aborted = one.exec("sh", ["-c", "echo on; sleep 1000"], { signal: abort.signal });
    await expect(
      (async () => {
        for await (const { data } of aborted) abort.abort(new Error(`enough of ${data}`));
      })(),
    ).rejects.toThrow("enough of on");
    await expect(one.exec("sleep", ["1000"], { timeoutMs: 300 })).rejects.toMatchObject({
      code: "timed-out",
    });
    const { stdout } = await one.exec("ps");
    expect(stdout).not.toContain("sleep 1000");
  });

  it("rejects for a missing program, but only once it is awaited", async () => {
    const one = await box();
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    const forgotten = one.exec("/no/such");
    await expect(one.exec("/no/such")).rejects.toMatchObject({ code: "not-found" });
    await expect(forgotten[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "not-found" });
    await expect(one.exec("true", [], { stdin: undefined }).stdin.write("x")).rejects.toMatchObject({
      code: "no-stdin",
    });
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("resizes a terminal", async () => {
    const run = (await box()).exec(
      "sh",
      ["-c", "trap 'stty size; exit' WINCH; echo on; while :; do sleep 0.1; done"],
      {
        tty: true,
      },
    );
    let text = "";
    for await (const { data } of run) {
      if (text === "") run.resize({ rows: 11, columns: 33 });
      text += data;
    }
    expect(text).toContain("11 33");
  });
});

describe("a box", () => {
  it("is running once created, can be found again, and is gone after disposal", async () => {
    let id = "";
    {
      await using one = await create({
        image: BUSYBOX,
        record: { name: "library-gone", labels: { a: "b" } },
      });
      id = one.id;
      expect(one.name).toBe("library-gone");
      const { state, record } = await one.inspect();
      expect([state.status, record.options.labels]).toEqual(["running", { a: "b" }]);
      expect((await Box.get("library-gone", { engine })).id).toBe(id);
      expect((await Box.list({ engine })).map((each) => each.id)).toContain(id);
    }
    expect((await Box.list({ engine })).map((each) => each.id)).not.toContain(id);
    await expect(Box.get(id, { engine })).rejects.toMatchObject({ code: "no-such-box" });
  });

  it("leaves nothing behind when its program cannot start", async () => {
    const options = { image: BUSYBOX, cmd: ["/no/such"], record: { name: "library-wrong" } };
    await expect(create(options)).rejects.toMatchObject({ code: "not-found" });
    await expect(Box.get("library-wrong", { engine })).rejects.toMatchObject({ code: "no-such-box" });
  });

  it("refuses an invalid configuration and names the field", async () => {
    const wrong = { image: BUSYBOX, resources: { vcpus: 0 } };
    expect(codeOf(await create(wrong).catch((error: unknown) => error))).toBe("invalid-config");
    const unknown = { image: BUSYBOX, nosuch: true };
    expect(codeOf(await create(unknown).catch((error: unknown) => error))).toBe("invalid-config");
  });

  it("is created once for concurrent requests for its name, and is restarted", async () => {
    const ask = (engine: Engine) =>
      Box.getOrCreate("library-one", { image: BUSYBOX, engine, vmm: DRIVER, resources: { vcpus: 1 } });
    // A second engine shares no state with the first, like another process.
    const other = openEngine({ env: testEnvironment() });
    const all = await Promise.all([ask(engine), ask(engine), ask(other)]);
    const [one] = await Promise.all(all.map((each) => keep(Promise.resolve(each))));
    if (!one) throw new Error("none came");
    expect(all.map(({ id }) => id)).toEqual([one.id, one.id, one.id]);
    expect((await Promise.all(all.map((each) => each.exec("true")))).map(({ exitCode }) => exitCode)).toEqual(
      [0, 0, 0],
    );
    await one.stop({ timeoutMs: 0 });
    const again = await ask(other);
    expect(again.id).toBe(one.id);
    expect((await again.exec("echo", ["on"])).stdout).toBe("on\n");
    await again[Symbol.asyncDispose]();
  });

  it("stops, starts, pauses, reports its resource usage and how it ended", async () => {
    const one = await keep(create({ image: BUSYBOX, cmd: ["sh", "-c", "echo ready; exec sleep 1000"] }));
    await one.pause();
    await expect(one.exec("true")).rejects.toMatchObject({ code: "paused" });
    await one.unpause();
    const sample = await one.stats();
    expect(sample.memoryBytes).toBeGreaterThan(0);
    expect(sample.hostMemoryBytes).toBeGreaterThan(10 * 2 ** 20);
    const samples = [];
    for await (const each of one.stats()) {
      samples.push(each);
      if (samples.length === 2) break;
    }
    expect(samples.at(-1)?.uptimeMs).toBeGreaterThan(sample.uptimeMs);
    const ended = one.wait();
    await one.stop();
    expect(await ended).toBe(143);
    await one.start();
    await one.restart({ timeoutMs: 0 });
    await one.kill();
    let text = "";
    for await (const { data } of one.logs()) text += data;
    expect(text).toMatch(/^ready\n/);
    await expect(one.remove()).resolves.toBeUndefined();
  });

  it("can be committed to an image", async () => {
    const one = await box();
    await one.exec("touch", ["/committed"]);
    onTestFinished(async () => {
      await engine.images.remove("library-image:1");
    });
    await one.commit("library-image:1", { changes: ["ENV A=b"] });
    const other = await keep(create({ image: "library-image:1" }));
    const { stdout } = await other.exec("sh", ["-c", "ls /committed; echo $A"]);
    expect(stdout).toBe("/committed\nb\n");
    await other[Symbol.asyncDispose]();
  });

  it("is stopped when its timeout expires", async () => {
    const one = await keep(create({ image: BUSYBOX, timeoutMs: 1000 }));
    await one.extendTimeout(1000);
    const { stdout } = await one.exec("sh", ["-c", "sleep 1.5; echo on"]);
    expect(stdout).toBe("on\n");
    expect(await one.wait()).not.toBe(0);
    await expect(one.extendTimeout(1000)).rejects.toMatchObject({ code: "not-running" });
    await expect((await box()).extendTimeout(1000)).rejects.toMatchObject({ code: "no-timeout" });
  });
});

describe("files", () => {
  it("are written, read, listed, renamed and removed", async () => {
    const { files } = await box();
    await files.mkdir("/lib/deep", { parents: true });
    await files.write("/lib/deep/text", "ä\n", { mode: 0o600 });
    await files.write("/lib/deep/text", "more\n", { append: true });
    async function* pieces() {
      yield "a";
      await Promise.resolve();
      yield Buffer.alloc(200_000, "b");
    }
    await files.write("/lib/deep/long", pieces());
    expect(await files.read("/lib/deep/text", "utf8")).toBe("ä\nmore\n");
    expect((await files.read("/lib/deep/long")).length).toBe(200_001);
    let length = 0;
    for await (const piece of files.readStream("/lib/deep/long")) length += piece.length;
    expect(length).toBe(200_001);
    await files.rename("/lib/deep", "/lib/other");
    const entries = await files.list("/lib/other");
    expect(entries.map(({ name, type, size }) => [name, type, size])).toEqual([
      ["long", "file", 200_001],
      ["text", "file", 8],
    ]);
    expect(await files.stat("/lib/other/text")).toMatchObject({
      mode: 0o600,
      uid: 0,
      path: "/lib/other/text",
    });
    await files.remove("/lib", { recursive: true });
    await expect(files.stat("/lib")).rejects.toMatchObject({ code: "no-such-path" });
    await expect(files.remove("/lib", { force: true })).resolves.toBeUndefined();
  });

  it("are watched", async () => {
    const { files } = await box();
    await files.mkdir("/watched");
    const onReady = () => void files.write("/watched/file", "x");
    for await (const { type, path } of files.watch("/watched", { onReady })) {
      expect(["create", "modify", "rename"]).toContain(type);
      if (path === "/watched/file") break;
    }
  });

  it("are copied as trees from and to the host", async () => {
    const folder = await mkdtemp(join(tmpdir(), "box-library-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, "tree/below"), { recursive: true });
    await writeFile(join(folder, "tree/below/file"), "content");
    const { files } = await box();
    expect(await files.upload(join(folder, "tree"), "/uploaded")).toBe(7);
    expect(await files.read("/uploaded/below/file", "utf8")).toBe("content");
    expect(await files.download("/uploaded", join(folder, "back"))).toBe(7);
    expect(await readFile(join(folder, "back/below/file"), "utf8")).toBe("content");
  });
});
