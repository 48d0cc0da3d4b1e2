import { randomInt } from "node:crypto";

export const QUALITIES = [
  "amber",
  "brave",
  "brisk",
  "calm",
  "clever",
  "cosmic",
  "eager",
  "fleet",
  "gentle",
  "golden",
  "happy",
  "keen",
  "lively",
  "lucid",
  "mellow",
  "merry",
  "nimble",
  "patient",
  "quiet",
  "silver",
  "sturdy",
  "swift",
  "vivid",
  "witty",
];
export const THINGS = [
  "anchor",
  "beacon",
  "birch",
  "comet",
  "falcon",
  "fjord",
  "harbor",
  "heron",
  "island",
  "juniper",
  "lantern",
  "maple",
  "meadow",
  "otter",
  "pebble",
  "pine",
  "raven",
  "river",
  "sparrow",
  "summit",
  "thistle",
  "tundra",
  "willow",
  "zephyr",
];

/** Generates a name for a box without one, such as `calm_heron_4f2a`. The digits make collisions unlikely. */
export function randomName(): string {
  const pick = (words: string[]) => words[randomInt(words.length)] ?? "box";
  return `${pick(QUALITIES)}_${pick(THINGS)}_${randomInt(0x10000).toString(16).padStart(4, "0")}`;
}
