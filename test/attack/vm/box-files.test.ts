import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitLog, box, FULL, runDetached, testEnvironment, type RunOptions } from "../../e2e/box.js";
import { openEngine } from "../../e2e/library.js";
import { BUSYBOX } from "../../e2e/images.js";
import { buildExchange } from "../exchanging.js";
import { buildHostileInit, hostileParts } from "./hostile-parts.js";

const folder = mkdtempSync(join(tmpdir(), "box-attack-files-"));
const here = (...parts: string[]) => join(folder, ...parts);
/** The sockets of these boxes are kept apart from those of other tests. */
const own: RunOptions = { env: { BOX_RUNTIME: here("run") } };
const { files } = openEngine({ env: { ...testEnvironment(), ...own.env } }).boxes;
const ids: string[] = [];

async function readAll(id: string, path: string, options?: { length: number }): Promise<string> {
  let text = "";
  for await (const piece of files.read(id, path, options)) text += Buffer.from(piece).toString();
  return text;
}

beforeAll(() => {
  // A VMM that runs as a user of its own must be able to find the boot disk in it.
  chmodSync(folder, 0o755);
});
afterAll(async () => {
  await box(["rm", "-f", ...ids], own);
  rmSync(folder, { recursive: true, force: true });
});

describe("file operations on a box whose guest lies", () => {
  let id: string;
  const unreadable = { code: "files-failed", message: "the guest agent returned malformed data" };
  beforeAll(async () => {
    buildHostileInit(folder);
    const parts = {
      env: { ...own.env, BOX_RUNTIME_FILES: hostileParts(folder, "files"), BOX_TEMPLATES: "off" },
    };
    id = await runDetached([BUSYBOX, "true"], parts);
    ids.push(id);
  });

  it.each(["/slash", "/up", "/nul", "/nameless", "/cut", "/noise"])(
    "refuses entries such as %s",
    async (path) => {
      await expect(files.list(id, path)).rejects.toMatchObject(unreadable);
      await expect(files.stat(id, path === "/nameless" ? "/two" : path)).rejects.toMatchObject(unreadable);
    },
  );

  it("refuses unrequested answers, and more data than requested", async () => {
    await expect(files.mkdir(id, "/noise")).rejects.toMatchObject(unreadable);
    await expect(files.rename(id, "/a", "/noise")).rejects.toMatchObject(unreadable);
    await expect(readAll(id, "/noise", { length: 3 })).rejects.toMatchObject(unreadable);
    await expect(files.stat(id, "/silent")).rejects.toMatchObject(unreadable);
  });

  it("refuses events outside the watched directory", async () => {
    const events = files.watch(id, "/watch")[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toMatchObject(unreadable);
  });

  it("shows the guest's text as a single line of printable characters, limited in length", async () => {
    const error: unknown = await files.remove(id, "/words").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "files-failed" });
    const { message } = error as Error;
    expect(message).toMatch(/^"\/words": \\x1b\[2J\\nbox: all is well\\n\\u202e/);
    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(message.length).toBeLessThan(8000);
    await expect(files.remove(id, "/code")).rejects.toMatchObject({ code: "files-failed" });
  });

  it("limits the size of a listing, and can stop reading one early", async () => {
    await expect(files.list(id, "/endless")).rejects.toMatchObject({ code: "too-many-entries" });
    let seen = 0;
    for await (const { name } of files.entries(id, "/endless")) if (name === "a" && ++seen === 5000) break;
    expect(seen).toBe(5000);
    // The box is unharmed.
    await files.mkdir(id, "/fine");
  });
});

describe("file operations while a program in the box swaps a directory with a link", () => {
  let id: string;
  const ROUNDS = FULL ? 15 : 5;
  beforeAll(async () => {
    mkdirSync(here("volume"));
    mkdirSync(here("host"));
    writeFileSync(here("host", "file"), "of the host");
    mkdirSync(here("volume", "work"));
    symlinkSync(here("host"), here("volume", "to-host"));
    const exchange = buildExchange();
    copyFileSync(exchange, here("volume", "exchange"));
    rmSync(exchange);
    // In the box, the first pair's link leads to /kept; the second's leads to a directory of the host.
    const script = `mkdir -p /kept/sub; echo kept > /kept/file; echo kept > /kept/sub/f; /v/exchange /v/work /v/to-host &
      while :; do mkdir -p /w/work/a/b; ln -s /kept /w/link; /v/exchange /w/work /w/link; done 2> /dev/null`;
    id = await runDetached(["-v", `${here("volume")}:/v`, BUSYBOX, "sh", "-c", script], own);
    ids.push(id);
    await awaitLog(id, "exchanging", 2);
  });

  /** The operation may meet either of the two; an error must say what was in the way. */
  async function tryTo(act: () => Promise<unknown>): Promise<unknown> {
    return act().catch((error: unknown) => {
      expect(error).toMatchObject({
        code: expect.stringMatching(
          /^(no-such-path|not-a-directory|not-empty|exists|busy|too-many-links)$/,
        ) as string,
      });
      return undefined;
    });
  }

  it("write, read and remove nothing outside the box's root", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await tryTo(() => files.write(id, "/v/work/file", Buffer.from("of the box")));
      await tryTo(() => files.mkdir(id, "/v/work/made/in", { parents: true }));
      await tryTo(() => files.write(id, "/v/work/more", Buffer.from("x"), { append: true }));
      expect((await tryTo(() => readAll(id, "/v/work/file"))) ?? "").not.toContain("of the host");
      await tryTo(() => files.rename(id, "/v/work/more", "/v/work/less"));
      await tryTo(() => files.remove(id, "/v/work/file"));
    }
    expect(readdirSync(here("host"))).toEqual(["file"]);
    expect(readFileSync(here("host", "file"), "utf8")).toBe("of the host");
  });

  it("do not remove the target of a link within a removed tree", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      // Within the directory to be removed, another is swapped with a link to /kept.
      await tryTo(() => files.remove(id, "/w", { recursive: true }));
    }
    const { stdout } = await box(["exec", id, "sh", "-c", "cat /kept/file /kept/sub/f"], own);
    expect(stdout).toBe("kept\nkept\n");
  });
});
