import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { makeImage, makeTar } from "../../../registry/image.js";
import { writeLayout } from "../../../registry/layout.js";

const BOX = join(import.meta.dirname, "../../../../dist/box.js");

it.each([0, 80])(
  "a terminal of %i columns shows the progress and the result of a pull",
  { tags: "slow" },
  async (columns) => {
    const home = await mkdtemp(join(tmpdir(), "box-terminal-"));
    onTestFinished(() => rm(home, { recursive: true }));
    await writeLayout(join(home, "layout"), { latest: makeImage([makeTar({ file: "content" })]) });
    // script(1) is the terminal; it records the output.
    const command = `stty cols ${columns}; '${process.execPath}' '${BOX}' pull oci:${home}/layout`;
    const options = { env: { ...process.env, BOX_HOME: home }, timeout: 120_000 };
    const shown = promisify(execFile)("script", ["-qec", command, "/dev/null"], options);
    shown.child.stdin?.end();
    expect((await shown).stdout).toContain(`oci:${home}/layout`);
  },
);

it.each([
  { BOX_DOCKER: "1", whole: true },
  { BOX_DOCKER: "", whole: false },
])(
  "with BOX_DOCKER=$BOX_DOCKER, a row on a narrow terminal is one line: $whole",
  { tags: "slow" },
  async ({ BOX_DOCKER, whole }) => {
    const home = await mkdtemp(join(tmpdir(), "box-terminal-"));
    onTestFinished(() => rm(home, { recursive: true }));
    await writeLayout(join(home, "layout"), { latest: makeImage([makeTar({ file: "content" })]) });
    const box = `'${process.execPath}' '${BOX}'`;
    const command = `stty cols 40; ${box} pull -q oci:${home}/layout; ${box} images; ${box} system df; ${box} system df -v`;
    const options = { env: { ...process.env, BOX_HOME: home, BOX_DOCKER }, timeout: 120_000 };
    const shown = promisify(execFile)("script", ["-qec", command, "/dev/null"], options);
    shown.child.stdin?.end();
    const lines = (await shown).stdout.split(/\r*\n/);
    expect(lines.some((line) => /^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/.test(line))).toBe(whole);
    expect(lines.some((line) => /^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$/.test(line))).toBe(whole);
    expect(
      lines.some((line) => /^CONTAINER ID +IMAGE +COMMAND +LOCAL VOLUMES +SIZE +CREATED/.test(line)),
    ).toBe(whole);
  },
);
