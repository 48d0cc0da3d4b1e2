import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { BOX_FIELDS, unreadableRow } from "../../../src/docker/boxes/rows.js";
import { describeUsage, USAGE_FIELDS } from "../../../src/docker/boxes/stats.js";
import { describeRow, IMAGE_FIELDS } from "../../../src/docker/images/rows.js";
import { describeRow as describeVolume, VOLUME_FIELDS } from "../../../src/docker/volumes/rows.js";
import { runCommand } from "./command.js";

const home = mkdtempSync(join(tmpdir(), "box-formats-"));
afterAll(() => rmSync(home, { recursive: true }));

const NOPE = `executing "" at <.Nope>: can't evaluate field Nope in type`;

// As Docker: ps and events try a template before there is anything to list, others with the first row.
it.each([
  {
    words: ["ps", "-a"],
    codes: [1, 1, 0],
    reasons: [
      "failed to parse template: template: :1: unclosed action",
      `failed to execute template: template: :1:2: ${NOPE} *formatter.ContainerContext`,
    ],
  },
  {
    words: ["events", "--until", "0s"],
    codes: [64, 64, 0],
    reasons: [
      "Error parsing format: template: :1: unclosed action",
      `Error parsing format: template: :1:2: ${NOPE} *events.Message`,
    ],
  },
  ...[["images"], ["volume", "ls"], ["stats", "--no-stream"]].map((words) => ({
    words,
    codes: [1, 0, 0],
    reasons: ["template parsing error: template: :1: unclosed action"],
  })),
  {
    words: ["info"],
    codes: [64, 1, 0],
    reasons: [
      "template parsing error: template: :1: unclosed action",
      `template: :1:2: ${NOPE} system.dockerInfo`,
    ],
  },
  {
    words: ["inspect", "nosuch"],
    codes: [64, 1, 1],
    reasons: ["template parsing error: template: :1: unclosed action"],
  },
])("$words refuses an invalid format as Docker does", async ({ words, codes, reasons }) => {
  const results = await Promise.all(
    ["{{", "{{.Nope}}", "{{json .}}"].map((format) => runCommand([...words, "--format", format], { home })),
  );
  expect(results.map(({ code }) => code)).toEqual(codes);
  const said = results.map(({ stderr }) => stderr.split("\n", 1)[0]);
  expect(said.slice(0, reasons.length)).toEqual(reasons.map((reason) => `box: ${reason}`));
});

it("inspect prints an empty line, or an empty list, if it finds nothing", async () => {
  const formats = [["--format", "{{.Id}}"], ["--format", "json"], []];
  const results = await Promise.all(
    formats.map((words) => runCommand(["inspect", "nosuch", ...words], { home })),
  );
  expect(results.map(({ stdout }) => stdout)).toEqual(["\n", "[]\n", "[]\n"]);
});

it("the fields of formats are those of the rows", () => {
  const names = (row: object) => Object.keys(row).sort();
  const box = { record: { id: "0", name: "web" } } as Parameters<typeof describeUsage>[0]["box"];
  const image = { id: "", repository: "", size: 0 } as Parameters<typeof describeRow>[0];
  const volume = { name: "v", createdAt: "", labels: {}, data: "" } as Parameters<typeof describeVolume>[0];
  const unreadable = unreadableRow({ id: "0", name: "web", folder: "", error: new Error("x") }, true);
  expect(names(unreadable)).toEqual([...BOX_FIELDS, "Label"].sort());
  const usage = { box, before: undefined, now: undefined } as Parameters<typeof describeUsage>[0];
  expect(names(describeUsage(usage, { trunc: true }))).toEqual([...USAGE_FIELDS].sort());
  expect(names(describeRow(image, true))).toEqual([...IMAGE_FIELDS].sort());
  expect(names(describeVolume(volume))).toEqual([...VOLUME_FIELDS, "Label"].sort());
});
