import { describe, expect, it } from "vitest";
import {
  parseVolumeFilters,
  parseVolumePruneFilters,
  selectVolumes,
} from "../../../../src/docker/volumes/filters.js";
import type { Volume } from "../../../../src/engine/volumes.js";

const volume = (name: string, labels: Record<string, string>): Volume => ({
  name,
  labels,
  createdAt: "2026-01-01T00:00:00Z",
  anonymous: false,
  data: "/x",
});
const volumes = [volume("one", { a: "1" }), volume("two", { a: "2", b: "" })];

const names = async (...filters: string[]) =>
  (await selectVolumes(volumes, parseVolumeFilters(filters), new Set(["one"]))).map(({ name }) => name);

describe("filters of box volume ls", () => {
  it.each([
    [[], ["one", "two"]],
    [["label=a"], ["one", "two"]],
    [["label=a=2"], ["two"]],
    [["name=on"], ["one"]],
    [["name=^two$"], ["two"]],
    [
      ["name=one", "name=two"],
      ["one", "two"],
    ],
    [["dangling=true"], ["two"]],
    [["dangling=0"], ["one"]],
    [["driver=local"], ["one", "two"]],
    [["driver=nosuch"], []],
  ])("%j select %j", async (filters, expected) => {
    expect(await names(...filters)).toEqual(expected);
  });

  it.each([["nosuch=1"], ["dangling=maybe"], ["label!=a"]])("%s is refused", async (filter) => {
    await expect(names(filter)).rejects.toThrow(/Invalid filter/);
  });
});

it.each([["nosuch=1"], ["all=maybe"], ["name=x"]])("volume prune refuses %s", (filter) => {
  expect(() => parseVolumePruneFilters([filter])).toThrow(/Invalid filter/);
});
