import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { matchesEvent, parseEventFilters } from "../../../../src/docker/events/filters.js";
import { eventFormat } from "../../../../src/docker/events/format.js";
import type { Event } from "../../../../src/events/record.js";

const die: Event = {
  time: "2026-01-31T12:00:00.007Z",
  type: "container",
  action: "die",
  id: "0123456789abcdef",
  attributes: { name: "web", image: "nginx:alpine", exitCode: "3", tier: "1" },
};
const exec: Event = { ...die, action: "exec_create: sh -c id" };
const pull: Event = { ...die, type: "image", action: "pull", id: "nginx:1", attributes: { name: "nginx" } };
const volume: Event = { ...die, type: "volume", action: "create", id: "data", attributes: {} };
const all = { die, exec, pull, volume };

const showEvent = async (event: Event, format: string | undefined) => (await eventFormat(format))(event);

describe("filters of box events", () => {
  it.each([
    [[], "die exec pull volume"],
    [["type=container"], "die exec"],
    [["type=box", "type=volume"], "die exec volume"],
    [["event=die", "event=pull"], "die pull"],
    [["event=exec_create"], "exec"],
    [["event=exec_create: sh -c id"], "exec"],
    [["container=web"], "die exec"],
    [["box=0123"], "die exec"],
    [["box=we"], "die exec"],
    [["box="], "die exec pull volume"],
    [["image=nginx"], "die exec pull"],
    [["image=nginx:alpine"], "die exec"],
    [["image=nginx:1"], "pull"],
    [["label=tier"], "die exec"],
    [["label=tier=2"], ""],
    [["volume=data"], "volume"],
    [["volume=data", "event=destroy"], ""],
    [["volume=da"], "volume"],
    [["colour=red", "volume=data"], "volume"],
    [["scope=swarm"], ""],
  ])("%j select: %s", (filters, expected) => {
    const parsed = parseEventFilters(filters);
    const passed = Object.entries(all).filter(([, event]) => matchesEvent(event, parsed));
    expect(passed.map(([name]) => name).join(" ")).toBe(expected);
  });

  it("are refused without a value", () => {
    expect(() => parseEventFilters(["colour"])).toThrow(/bad format of filter \(expected name=value\)/);
  });
});

describe("the output of box events", () => {
  it("is in Docker's format, in the host's time zone", async () => {
    expect(await showEvent(die, undefined)).toMatch(
      /^2026-0[12]-\d\dT\d\d:\d\d:00\.007000000(Z|[+-]\d\d:\d\d) container die 0123456789abcdef \(exitCode=3, image=nginx:alpine, name=web, tier=1\)$/,
    );
    expect(await showEvent(volume, undefined)).toMatch(/ volume create data$/);
  });

  it("has no ID for a prune", async () => {
    const prune = {
      ...volume,
      type: "image" as const,
      action: "prune",
      id: "",
      attributes: { reclaimed: "12" },
    };
    expect(await showEvent(prune, undefined)).toMatch(/ image prune {2}\(reclaimed=12\)$/);
    expect(JSON.parse(await showEvent(prune, "json"))).toMatchObject({
      status: "prune",
      Actor: { ID: "", Attributes: { reclaimed: "12" } },
    });
    expect(await showEvent(prune, "json")).not.toContain('"id"');
  });

  it("is an object of Docker's API with --format json", async () => {
    expect(JSON.parse(await showEvent(die, "json"))).toEqual({
      status: "die",
      id: die.id,
      from: "nginx:alpine",
      Type: "container",
      Action: "die",
      Actor: { ID: die.id, Attributes: die.attributes },
      scope: "local",
      time: 1769860800,
      timeNano: 1769860800007000000,
    });
    expect(await showEvent(die, "{{json .}}")).toBe(await showEvent(die, "json"));
  });

  it("is a filled-in template, which may refer to missing attributes but not to unknown fields", async () => {
    const format = "{{.Type}} {{.Action}} {{.Actor.Attributes.exitCode}}";
    expect(await Promise.all([die, pull].map((event) => showEvent(event, format)))).toEqual([
      "container die 3",
      "image pull <no value>",
    ]);
    expect(await showEvent(pull, "{{json .Actor.Attributes}}")).toBe('{"name":"nginx"}');
    await expect(showEvent(die, "{{.Nonsense}}")).rejects.toThrow(
      'Error parsing format: template: :1:2: executing "" at <.Nonsense>: can\'t evaluate field Nonsense in type *events.Message',
    );
  });
});

it("commands that run at the same time are all recorded", { tags: "slow" }, async () => {
  const home = await mkdtemp(join(tmpdir(), "box-events-"));
  const program = join(import.meta.dirname, "../../../../dist/box.js");
  const box = async (...args: string[]) =>
    (
      await promisify(execFile)(process.execPath, [program, ...args], {
        env: { ...process.env, BOX_HOME: home },
      })
    ).stdout;
  const names = ["v1", "v2", "v3", "v4"];
  await Promise.all(names.map((name) => box("volume", "create", name)));
  await box("volume", "rm", "v1");
  const told = await box("events", "--since", "1h", "--until", "0s", "--format", "{{.Action}} {{.Actor.ID}}");
  expect(told.trimEnd().split("\n").sort()).toEqual([...names.map((name) => `create ${name}`), "destroy v1"]);
  await rm(home, { recursive: true });
});
