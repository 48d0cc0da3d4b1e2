import { mkdtemp, readdir, rename, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLog } from "../../../../src/vm/box/log.js";
import { openOutputLog } from "../../../../src/vm/monitor/output-log.js";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-log-"));
  path = join(folder, "output.log");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const UNLIMITED = { maxBytes: Infinity, maxFiles: 1 };
const fail = (error?: unknown) => {
  throw error;
};
const line = (number: number) => Buffer.from(`line ${number}\n`);

/** Reads the log while `write` runs, as `box logs -f` does. */
async function followWhile(
  write: (seen: () => string) => Promise<void>,
): Promise<{ text: string; gaps: number }> {
  let [text, gaps] = ["", 0];
  const log = await openLog(path, () => gaps++);
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const following = log.follow(({ data }) => void (text += data.toString()), ended);
  await write(() => text);
  end();
  await following;
  await log.close();
  return { text, gaps };
}

async function readAll(): Promise<string> {
  let text = "";
  const log = await openLog(path, fail);
  await log.scan(({ data }) => void (text += data.toString()));
  await log.close();
  return text;
}

const numbered = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => line(first + i).toString()).join("");

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a log that is rotated", () => {
  it("keeps the maximum number of files, none above the maximum size, and is read in order", async () => {
    const log = openOutputLog(path, { maxBytes: 500, maxFiles: 3 }, fail);
    for (let i = 1; i <= 300; i++) log.append("stdout", line(i));
    log.close();
    expect((await readdir(folder)).sort()).toEqual(["output.log", "output.log.1", "output.log.2"]);
    const text = await readAll();
    const [, first = ""] = /^line (\d+)\n/.exec(text) ?? [];
    expect(Number(first)).toBeGreaterThan(100);
    expect(text).toBe(numbered(Number(first), 300));
  });

  it("with a single file starts over when full, and continues after the output of the last run", async () => {
    for (let i = 1; i <= 40; i++) {
      const log = openOutputLog(path, { maxBytes: 300, maxFiles: 1 }, fail);
      log.append("stderr", line(i));
      log.close();
    }
    expect(await readdir(folder)).toEqual(["output.log"]);
    expect(await readAll()).toMatch(/^(line \d+\n){1,8}$/);
  });

  it("loses nothing for a reader that follows it", { tags: "slow" }, async () => {
    const log = openOutputLog(path, { maxBytes: 2000, maxFiles: 3 }, fail);
    const { text, gaps } = await followWhile(async (seen) => {
      for (let i = 1; i <= 3000; i++) {
        log.append("stdout", line(i));
        // A file holds about forty lines, so the reader is never more than two files behind.
        while (!seen().includes(`line ${i - 40}\n`) && i > 40) await turn();
      }
      log.close();
    });
    expect(gaps).toBe(0);
    expect(text).toBe(numbered(1, 3000));
  });

  it("reports a gap to a reader that follows too slowly", async () => {
    const log = openOutputLog(path, { maxBytes: 200, maxFiles: 2 }, fail);
    log.append("stdout", line(0));
    const { text, gaps } = await followWhile(async (seen) => {
      while (seen() === "") await turn();
      for (let i = 1; i <= 100; i++) log.append("stdout", line(i));
      log.close();
    });
    expect(gaps).toBeGreaterThan(0);
    expect(text).toMatch(/^line 0\n(line \d+\n)+line 100\n$/);
  });
});

describe("output written one byte at a time", () => {
  const entriesOf = async () => {
    const entries: string[] = [];
    const log = await openLog(path, fail);
    await log.scan(({ stream, data }) => void entries.push(`${stream} ${data.toString()}`));
    await log.close();
    return entries;
  };

  it("takes little more space than its bytes, and the first byte is readable immediately", async () => {
    const log = openOutputLog(path, UNLIMITED, fail);
    log.append("stdout", Buffer.from("a"));
    expect(await entriesOf()).toEqual(["stdout a"]);
    for (let i = 0; i < 100_000; i++) log.append("stdout", Buffer.from("x"));
    log.close();
    expect((await readAll()).length).toBe(100_001);
    expect((await stat(path)).size).toBeLessThan(120_000);
  });

  it("becomes readable soon, even if no more output follows", async () => {
    const log = openOutputLog(path, UNLIMITED, fail);
    const { text } = await followWhile(async (seen) => {
      for (const letter of "hello") log.append("stderr", Buffer.from(letter));
      while (seen() !== "hello") await turn();
    });
    log.close();
    expect(text).toBe("hello");
  });

  it("keeps its order across two streams", async () => {
    const log = openOutputLog(path, UNLIMITED, fail);
    for (const stream of ["stdout", "stderr", "stdout", "stdout", "stderr"] as const)
      log.append(stream, Buffer.from("x"));
    log.close();
    expect(await entriesOf()).toEqual(["stdout x", "stderr x", "stdout xx", "stderr x"]);
  });
});

describe("a log that is followed", () => {
  it("may be truncated manually", async () => {
    const log = openOutputLog(path, UNLIMITED, fail);
    for (let i = 1; i <= 5; i++) log.append("stdout", line(i));
    const { text } = await followWhile(async (seen) => {
      while (seen() !== numbered(1, 5)) await turn();
      await truncate(path, 0);
      log.append("stdout", line(6));
      log.close();
    });
    expect(text).toBe(numbered(1, 6));
  });

  it("may be removed, and its content is still shown", async () => {
    const log = openOutputLog(path, UNLIMITED, fail);
    log.append("stdout", line(1));
    const { text } = await followWhile(async () => {
      log.append("stdout", line(2));
      log.close();
      await rename(folder, `${folder}.gone`);
      await rm(`${folder}.gone`, { recursive: true });
    });
    expect(text).toBe(numbered(1, 2));
  });

  it("may be created later", async () => {
    const { text } = await followWhile(() => {
      const log = openOutputLog(path, UNLIMITED, fail);
      log.append("stdout", line(1));
      log.close();
      return Promise.resolve();
    });
    expect(text).toBe(numbered(1, 1));
  });
});
