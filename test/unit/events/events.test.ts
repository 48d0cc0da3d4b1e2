import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parseEvent, readEvents } from "../../../src/events/read.js";
import { fairShare } from "../../../src/events/shares.js";
import { eventFiles, recordEvent, type Event } from "../../../src/events/record.js";
import { currentHome } from "../current.js";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-events-"));
  vi.stubEnv("BOX_HOME", home);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

async function past(since = -Infinity, until = Date.now()): Promise<Event[]> {
  const events: Event[] = [];
  await readEvents(currentHome(), { since, until }, (event) => events.push(event));
  return events;
}

const actions = (events: Event[]) => events.map(({ action }) => action);

it("events are returned in order, within the requested time range", async () => {
  const line = (second: number) =>
    `${JSON.stringify({ time: `2026-01-01T00:00:0${second}.000Z`, type: "image", action: `a${second}`, id: "x", attributes: {} })}\n`;
  await writeFile(eventFiles(currentHome()).previous, line(1) + line(2));
  await writeFile(eventFiles(currentHome()).current, line(3) + line(4));
  expect(actions(await past())).toEqual(["a1", "a2", "a3", "a4"]);
  const second = (n: number) => Date.parse(`2026-01-01T00:00:0${n}.000Z`);
  expect(actions(await past(second(2), second(3)))).toEqual(["a2", "a3"]);
});

it("a line truncated by a full disk does not affect others", async () => {
  recordEvent(currentHome(), "container", "start", "1");
  await appendFile(eventFiles(currentHome()).current, '{"time":"2026-01-01T00:00:00.000Z","type":"conta');
  recordEvent(currentHome(), "container", "die", "1", { label: '{"time":' });
  await appendFile(eventFiles(currentHome()).current, "not an event\n");
  expect(actions(await past())).toEqual(["start", "die"]);
  expect(parseEvent('{"time":1}')).toBeUndefined();
});

it("recording never fails, and its size is bounded", async () => {
  recordEvent(currentHome(), "container", "exec_create: ".padEnd(100_000, "x"), "1", {
    long: "y".repeat(100_000),
  });
  const [event] = await past();
  expect(event?.action.length).toBe(4097);
  expect(event?.attributes["long"]?.length).toBe(4097);
  vi.stubEnv("BOX_HOME", "/proc/nowhere");
  recordEvent(currentHome(), "container", "start", "1");
});

it("a follower misses nothing while the file is rotated repeatedly", { tags: "slow" }, async () => {
  const seen: Event[] = [];
  const last = 2000;
  const following = new Promise<void>((resolve, reject) => {
    readEvents(currentHome(), { since: -Infinity, until: Infinity }, (event) => {
      seen.push(event);
      if (event.action === `a${last}`) resolve();
    }).catch(reject);
  });
  const filler = { filler: "x".repeat(4000) };
  for (let i = 1; i <= last; i++) {
    recordEvent(currentHome(), "volume", `a${i}`, "v", filler);
    // At most one rotation between two reads.
    while (seen.length < i - 100) await new Promise((resolve) => setImmediate(resolve));
  }
  await following;
  expect(new Set(actions(seen)).size).toBe(last);
  expect((await readFile(eventFiles(currentHome()).previous)).length).toBeLessThan(2 ** 20 + 10_000);
});

it("a box with many events displaces only its own old ones", async () => {
  recordEvent(currentHome(), "container", "die", "quiet", { exitCode: "3" });
  recordEvent(currentHome(), "image", "pull", "image");
  const filler = { filler: "x".repeat(1000) };
  for (let i = 0; i < 5000; i++) recordEvent(currentHome(), "container", `exec_create: ${i}`, "loud", filler);
  const events = await past();
  const of = (owner: string) => actions(events.filter(({ id }) => id === owner));
  expect([of("quiet"), of("image")]).toEqual([["die"], ["pull"]]);
  const loud = of("loud");
  expect(loud.at(-1)).toBe("exec_create: 4999");
  // The newest ones, without gaps.
  expect(loud).toEqual(
    Array.from({ length: loud.length }, (_, i) => `exec_create: ${5000 - loud.length + i}`),
  );
  expect((await readFile(eventFiles(currentHome()).kept)).length).toBeLessThanOrEqual(2 ** 20);
});

it("an image with very many labels does not displace the events of others", async () => {
  const labels = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`label${i}`, "y".repeat(4000)]));
  recordEvent(currentHome(), "container", "die", "1", { ...labels, name: "web", exitCode: "3" });
  const [event] = await past();
  expect(event?.attributes).toMatchObject({ name: "web", exitCode: "3", label999: "y".repeat(4000) });
  expect(JSON.stringify(event).length).toBeLessThan(20_000);
});

it("a line that is in two files is returned once", async () => {
  const line = `${JSON.stringify({ time: "2026-01-01T00:00:01.000Z", type: "image", action: "pull", id: "x", attributes: {} })}\n`;
  for (const path of [eventFiles(currentHome()).kept, eventFiles(currentHome()).previous])
    await writeFile(path, line);
  expect(actions(await past())).toEqual(["pull"]);
});

it("space is shared fairly between large and small writers", () => {
  expect(fairShare([10, 20, 30], 100)).toBe(Infinity);
  expect(fairShare([10, 500, 600], 100)).toBe(45);
  expect(fairShare([500, 600], 100)).toBe(50);
});
