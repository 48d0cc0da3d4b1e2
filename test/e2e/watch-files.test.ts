import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { FileEvent } from "../../src/engine/boxes.js";
import { awaitLog, box, runDetached } from "./box.js";
import { engine } from "./library.js";
import { BUSYBOX } from "./images.js";

const { files } = engine.boxes;

let id: string;
async function inBox(script: string): Promise<void> {
  const { code, stderr } = await box(["exec", id, "sh", "-c", script]);
  if (code !== 0) throw new Error(`${script}: ${stderr}`);
}

beforeAll(async () => {
  id = await runDetached(["--tmpfs", "/t", BUSYBOX, "sh", "-c", "echo up; exec sleep 100000"]);
  await awaitLog(id, "up");
});
afterAll(async () => {
  await box(["rm", "-f", id]);
});

interface Watched {
  /** The events up to this one, with consecutive duplicates merged. */
  until: (type: FileEvent["type"], path: string) => Promise<string[]>;
  /** Resolves when the iteration has ended. */
  rest: () => Promise<string[]>;
  /** Aborts the iteration, which throws the reason. */
  abort: () => Promise<void>;
}

async function watch(path: string, recursive = false): Promise<Watched> {
  const given = new AbortController();
  onTestFinished(() => given.abort());
  let begun = (): void => undefined;
  const ready = new Promise<void>((resolve) => (begun = resolve));
  const { signal } = given;
  const events = files.watch(id, path, { recursive, signal, onReady: () => begun() })[Symbol.asyncIterator]();
  // Watching begins with the request for the first event.
  let next: Promise<IteratorResult<FileEvent>> | undefined = events.next();
  await Promise.race([ready, next]);
  async function take(isLast: (event: FileEvent) => boolean): Promise<string[]> {
    const seen: string[] = [];
    for (;;) {
      const result = await (next ?? events.next());
      next = undefined;
      if (result.done === true) return seen;
      const { type, path: at, from } = result.value;
      const said = `${type} ${from === undefined ? "" : `${from} `}${at}`;
      if (seen.at(-1) !== said) seen.push(said);
      if (isLast(result.value)) return seen;
    }
  }
  return {
    until: (type, at) => take((event) => event.type === type && event.path === at),
    rest: () => take(() => false),
    abort: async () => {
      given.abort(new Error("enough"));
      await expect(take(() => false)).rejects.toThrow("enough");
    },
  };
}

describe("watching the files of a box", () => {
  it("reports creations, changes, renames and removals in a directory, and nothing below", async () => {
    await inBox("mkdir -p /w/sub /out; echo old > /w/old; echo moved > /out/in");
    const watched = await watch("/w");
    await inBox(": > /w/new; echo x >> /w/new; chmod 600 /w/new");
    expect(await watched.until("modify", "/w/new")).toEqual(["create /w/new", "modify /w/new"]);
    await inBox("echo x > /w/sub/below; mv /w/old '/w/a\nb'; mv /w/new /out; mv /out/in /w; rm /w/in");
    const seen = await watched.until("delete", "/w/in");
    expect(seen.filter((event) => !event.startsWith("modify"))).toEqual([
      "rename /w/old /w/a\nb",
      "delete /w/new",
      "create /w/in",
      "delete /w/in",
    ]);
    await watched.abort();
  });

  it("reports everything below a directory, including new and renamed directories", async () => {
    await inBox("mkdir -p /r/a/b /elsewhere/x/y; ln -s /elsewhere /r/link");
    const watched = await watch("/r", true);
    const after = async (script: string, type: FileEvent["type"], path: string) => {
      await inBox(script);
      return (await watched.until(type, path)).filter((event) => !event.startsWith("modify"));
    };
    expect(await after("echo x > /r/a/b/f; rm /r/a/b/f", "delete", "/r/a/b/f")).toEqual([
      "create /r/a/b/f",
      "delete /r/a/b/f",
    ]);
    expect(await after("mv /r/a /r/z; : > /r/z/b/g", "create", "/r/z/b/g")).toEqual([
      "rename /r/a /r/z",
      "create /r/z/b/g",
    ]);
    // Files in a new directory may be reported twice, or not at all if they are gone by the time it is read.
    const made = await after("mkdir -p /r/n/m; : > /r/n/m/f; : > /r/last", "create", "/r/last");
    expect(made).toEqual(expect.arrayContaining(["create /r/n", "create /r/n/m", "create /r/n/m/f"]));
    expect(await after("rm /r/n/m/f; : > /r/later", "create", "/r/later")).toEqual([
      "delete /r/n/m/f",
      "create /r/later",
    ]);
    const moved = await after("mv /elsewhere/x /r; : > /r/x/y/f; : > /r/moved", "create", "/r/moved");
    expect(moved).toEqual(expect.arrayContaining(["create /r/x", "create /r/x/y", "create /r/x/y/f"]));
    // Moved out of the watched tree, under whatever name.
    const out = "mv /r/x /elsewhere/w; : > /elsewhere/w/y/g; : > /elsewhere/w/h; : > /r/then";
    expect(await after(out, "create", "/r/then")).toEqual(["delete /r/x", "create /r/then"]);
    await watched.abort();
  });

  it("ends when the watched directory is removed", async () => {
    await inBox("mkdir -p /gone/sub; echo x > /single; ln -s /single /to-single");
    const [folder, file] = await Promise.all([watch("/gone", true), watch("/to-single")]);
    await inBox("rm -r /gone; echo y >> /single; rm /single");
    expect((await folder.rest()).filter((event) => !event.startsWith("modify"))).toEqual([
      "delete /gone/sub",
      "delete /gone",
    ]);
    expect(await file.rest()).toEqual(["modify /to-single", "delete /to-single"]);
  });

  it("reports that events were lost when nobody reads them, and continues", async () => {
    const watched = await watch("/t", true);
    const name = "n".repeat(240);
    await inBox(
      `mkdir /t/f; cd /t/f; i=0; while [ $i -lt 40000 ]; do : > ${name}$((i % 100)); i=$((i+1)); done`,
    );
    const seen = await watched.until("overflow", "/t");
    expect(seen.length).toBeGreaterThan(2);
    await inBox("mkdir /t/late; : > /t/late/f");
    expect((await watched.until("create", "/t/late/f")).at(-1)).toBe("create /t/late/f");
    await watched.abort();
  });

  it("is refused for a missing path, and for a box that is not running", async () => {
    await expect(watch("/none").then((watched) => watched.rest())).rejects.toMatchObject({
      code: "no-such-path",
    });
    const ended = await runDetached([BUSYBOX, "true"]);
    await box(["wait", ended]);
    const events = files.watch(ended, "/")[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toMatchObject({ code: "not-running" });
  });
});
