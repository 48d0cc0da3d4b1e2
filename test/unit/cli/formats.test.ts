import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { BOX_FIELDS, unreadableRow } from "../../../src/docker/boxes/rows.js";
import { describeUsage, USAGE_FIELDS } from "../../../src/docker/boxes/stats.js";
import { describeRow, IMAGE_FIELDS } from "../../../src/docker/images/rows.js";
import { describeVolume, VOLUME_FIELDS } from "../../../src/docker/volumes/inspect.js";
import { runCommand } from "./command.js";

const home = mkdtempSync(join(tmpdir(), "box-formats-"));
afterAll(() => rmSync(home, { recursive: true }));

it.each([["ps", "-a"], ["images"], ["volume", "ls"], ["stats", "--no-stream"], ["events", "--until", "0s"]])(
  "%s refuses an invalid format even if there is nothing to list",
  async (...words) => {
    const results = await Promise.all(
      ["{{", "{{.Nope}}", "{{json .}}"].map((format) => {
        const given = words.filter((word) => typeof word === "string");
        return runCommand([...given, "--format", format], { home });
      }),
    );
    expect(results.map(({ code }) => code)).toEqual([1, 1, 0]);
    expect(results.map(({ stderr }) => stderr.split("\n", 1)[0])).toEqual([
      'box: --format: "{{" is not a supported template',
      expect.stringMatching(/^box: --format: "\{\{\.Nope\}\}" has an unknown field \.Nope; known fields: /),
      "",
    ]);
  },
);

it("the fields of formats are those of the rows", () => {
  const names = (row: object) => Object.keys(row).sort();
  const box = { record: { id: "0", name: "web" } } as Parameters<typeof describeUsage>[0]["box"];
  const image = { id: "", repository: "", size: 0 } as Parameters<typeof describeRow>[0];
  const volume = { name: "v", createdAt: "", labels: {}, data: "" } as Parameters<typeof describeVolume>[0];
  const unreadable = unreadableRow({ id: "0", name: "web", folder: "", error: new Error("x") }, true);
  expect(names(unreadable)).toEqual([...BOX_FIELDS].sort());
  const usage = { box, before: undefined, now: undefined } as Parameters<typeof describeUsage>[0];
  expect(names(describeUsage(usage, { trunc: true }))).toEqual([...USAGE_FIELDS].sort());
  expect(names(describeRow(image, true))).toEqual([...IMAGE_FIELDS].sort());
  expect(names(describeVolume(volume))).toEqual([...VOLUME_FIELDS].sort());
});
