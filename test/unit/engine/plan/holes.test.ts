import { describe, expect, it } from "vitest";
import { markHoles, markStart } from "../../../../src/engine/plan/holes.js";
import type { BoxRecord } from "../../../../src/vm/box/record.js";

const ID = "0123456789ab".padEnd(64, "c");

/** The parts of a record that a plan replaces. */
function recordOf({ cmd = ["sh", "x"], env = [["A", "1"]] as [string, string][], label = "" } = {}) {
  return {
    id: ID,
    name: "web",
    createdAt: "2026-01-31T00:00:00.000Z",
    runBy: "1-2-3",
    config: { image: "web", cmd, extraEnv: env },
    options: { labels: { label } },
    image: {},
    process: { argv: ["entry", ...cmd], env: ["PATH=/bin", ...env.map((pair) => pair.join("="))] },
    guest: { hostname: ID.slice(0, 12) },
  } as unknown as BoxRecord;
}

const SPAWNED = {
  words: [
    "/box-vmm",
    "launch",
    "--lock",
    `/boxes/${ID}/lock`,
    "--request",
    "700",
    "--socket",
    "/run/0123456789ab.sock",
  ],
  request: { folder: `/boxes/${ID}` },
};

describe("the holes of a plan", () => {
  it("are where boxes with the same flags differ, and nowhere else", () => {
    const marked = markHoles(recordOf({ label: "web 1 sh" }), [SPAWNED]);
    const start = markStart(SPAWNED, ID);
    expect(start.words).toEqual([
      ...["/box-vmm", "launch", "--lock", "/boxes/\u0001I/lock", "--request", "\u0001L"],
      ...["--socket", "/run/\u0001S.sock"],
    ]);
    expect(start.request).toBe('{"op":"launch","version":1,"folder":"/boxes/\u0001I","record":\u0001R}');
    expect(marked?.event).toBe(
      '{"time":"\u0001T","type":"container","action":"create","id":"\u0001I",' +
        '"attributes":{"label":"web 1 sh","image":"web","name":"\u0001N"}}\n',
    );
    expect(marked?.record).toBe(
      '{"id":"\u0001I","name":"\u0001N","createdAt":"\u0001T","runBy":"\u0001P",' +
        '"config":{"image":"web","cmd":[\u0001C],"extraEnv":[["A","\u0001V0"]]},"options":{"labels":{"label":"web 1 sh"}},' +
        '"image":{},"process":{"argv":["entry",\u0001C],"env":["PATH=/bin","A=\u0001V0"]},"guest":{"hostname":"\u0001S"}}',
    );
  });

  it("are none for a command that comes from the image", () => {
    expect(markHoles(recordOf({ cmd: [] }), [SPAWNED])?.record).toContain('"argv":["entry"]');
  });

  it.each([
    ["the text of a hole", recordOf({ label: "\u0001I" })],
    ["the escaped text of a hole", recordOf({ label: "\\u0001I" })],
    [
      "a variable that the box has with another value",
      { ...recordOf(), process: { argv: ["sh", "x"], env: ["A=2"] } },
    ],
    ["a command that is not at the end", { ...recordOf(), process: { argv: ["sh"], env: ["A=1"] } }],
  ])("cannot be made with %s", (_, record) => {
    expect(markHoles(record as BoxRecord, [SPAWNED])).toBeUndefined();
  });
});
