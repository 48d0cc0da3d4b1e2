import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEngine } from "../../../../src/engine/engine.js";
import { Box } from "../../../../src/library/box.js";
import { createDecoder, type Request } from "../../../../src/vm/protocol/control/wire.js";
import { runCommand } from "../../cli/command.js";
import { boxRecord } from "../record.js";

const RECORD = boxRecord("web");
const { id: ID } = RECORD;
const SHORT = ID.slice(0, 12);

let home: string;
let path: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-damaged-"));
  for (const folder of [`boxes/${ID}`, "names", "run"])
    await mkdir(join(home, folder), { recursive: true, mode: 0o700 });
  path = join(home, "boxes", ID, "box.json");
  await symlink(ID, join(home, "names", "web"));
});
afterEach(() => rm(home, { recursive: true }));

async function box(...args: string[]) {
  const { code, stdout, stderr } = await runCommand(args, { home, program: "box" });
  return { code, out: stdout, said: stderr };
}

async function makeOther(): Promise<void> {
  const other = boxRecord("other");
  await mkdir(join(home, "boxes", other.id));
  await writeFile(join(home, "boxes", other.id, "box.json"), JSON.stringify(other));
  const state = { status: "exited", exitCode: 0, finishedAt: new Date().toISOString() };
  await writeFile(join(home, "boxes", other.id, "state.json"), JSON.stringify(state));
}

const without = (...fields: string[]) =>
  JSON.stringify(Object.fromEntries(Object.entries(RECORD).filter(([name]) => !fields.includes(name))));
const differing = (more: object) => JSON.stringify({ ...RECORD, ...more });

const CONTENTS: [title: string, content: string, reason: string][] = [
  ["garbage", "\0\x01garbage", "it is not JSON"],
  ["truncated", JSON.stringify(RECORD).slice(0, 300), "it is not JSON"],
  ["empty", "", "it is not JSON"],
  ["a list", "[]", "it is not a box record"],
  ["null", "null", "it is not a box record"],
  ["without a version", without("version"), "its version is missing or invalid"],
  ["of version 0", differing({ version: 0 }), "its version is missing or invalid"],
  ["without an image", without("image"), "its image is missing or invalid"],
  ["of wrong types", differing({ stopSignal: "9", config: 1 }), "its config is missing or invalid"],
  ["of another box", differing({ id: "0".repeat(64) }), "it belongs to another box"],
  ["a name that leads elsewhere", differing({ name: "../../x" }), "its name is invalid"],
  ["with a name that is not a string", differing({ name: 1 }), "its name is missing or invalid"],
];

const FILES: [title: string, make: () => unknown, reason: string][] = [
  ["a directory", () => mkdir(join(path, "within"), { recursive: true }), "it is not a regular file"],
  ["a FIFO", () => spawnSync("mkfifo", [path]), "it is not a regular file"],
  ["a link to an endless device", () => symlink("/dev/zero", path), "it is not a regular file"],
  [
    "larger than any record",
    async () => {
      await writeFile(path, "");
      await truncate(path, 2 ** 31);
    },
    "it is larger than 16777216 bytes",
  ],
];

const ALL = [
  ...CONTENTS.map(([title, content, reason]): [string, () => unknown, string] => [
    title,
    () => writeFile(path, content),
    reason,
  ]),
  ...FILES,
];

it.each(ALL)(
  "a box whose record is damaged (%s) is distinguished from a missing one",
  async (_, make, reason) => {
    await make();
    await makeOther();
    const said = `${path} is damaged: ${reason}`;
    const listed = await box("ps", "-a", "--format", "{{.ID}} {{.Names}} {{.Status}}");
    expect(listed.out).toContain(`${SHORT} web Unreadable\n`);
    expect(listed.out).toContain(" other ");
    expect(listed.said).toBe(`warning: box ${SHORT} (web): ${said}\n`);
    const warnings: string[] = [];
    const engine = openEngine({ home, runtime: join(home, "run"), onWarning: (line) => warnings.push(line) });
    expect((await Box.list({ engine })).map(({ name }) => name)).toEqual(["other"]);
    expect(warnings).toEqual([`box ${SHORT} (web): ${said}`]);
    for (const name of ["web", SHORT])
      await expect(engine.boxes.inspect(name)).rejects.toMatchObject({
        code: "store-unreadable",
        message: said,
      });
    expect(await box("rm", "web")).toEqual({
      code: 1,
      out: "",
      said: `box: ${said}\nhint: restore it, or remove the box with \`box rm -f ${SHORT}\`\n`,
    });
    expect(await box("rm", "-f", "web")).toEqual({ code: 0, out: "web\n", said: "" });
    expect(await readdir(join(home, "boxes"))).not.toContain(ID);
    expect(await readdir(join(home, "names"))).toEqual([]);
  },
);

describe("a damaged box", () => {
  beforeEach(() => writeFile(path, "garbage"));

  it.each([
    ["start"],
    ["stop"],
    ["kill"],
    ["inspect"],
    ["logs"],
    ["exec", "true"],
    ["rename", "x"],
    ["wait"],
  ])("is reported by box %s", async (verb, ...more) => {
    const { code, said } = await box(verb, "web", ...more);
    expect([code, said]).toEqual([1, expect.stringContaining(`${path} is damaged: it is not JSON`)]);
  });

  it("is killed by rm -f if it is running", async () => {
    const asked: Request[] = [];
    const monitor = createServer((socket) => {
      const decode = createDecoder((_, payload) => {
        asked.push(JSON.parse(payload.toString()) as Request);
        monitor.close();
        socket.end();
      });
      socket.on("data", decode);
    }).listen(join(home, "run", `${SHORT}.sock`));
    const { out } = await box("rm", "-f", "web");
    expect([out, asked]).toEqual(["web\n", [expect.objectContaining({ op: "stop", signal: 9 })]]);
    expect(await readdir(join(home, "boxes"))).toEqual([]);
  });

  it("is kept by prune, which still removes other boxes", async () => {
    await makeOther();
    await mkdir(join(home, "volumes", "data", "_data"), { recursive: true });
    await writeFile(join(home, "volumes", "data", "volume.json"), "{}");
    const { code, out, said } = await box("system", "prune", "-af", "--volumes");
    expect([code, out]).toEqual([0, expect.stringContaining("Deleted Containers:")]);
    expect(said).toBe(
      `warning: box ${SHORT} (web): ${path} is damaged: it is not JSON\n` +
        "warning: images and volumes were not pruned, because an unreadable box may use them\n",
    );
    expect([await readdir(join(home, "boxes")), await readdir(join(home, "volumes"))]).toEqual([
      [ID],
      ["data"],
    ]);
  });

  it("is not counted by system df, which reports it", async () => {
    const { code, said } = await box("system", "df");
    expect([code, said]).toEqual([
      0,
      expect.stringMatching(/is damaged: it is not JSON; it is not counted\n$/),
    ]);
  });

  it("makes getOrCreate reject with the reason", async () => {
    const engine = openEngine({ home, runtime: join(home, "run"), env: process.env });
    await expect(Box.getOrCreate("web", { image: "x", engine })).rejects.toMatchObject({
      code: "store-unreadable",
    });
  });
});

it("getOrCreate gives up on a name whose box cannot be found", async () => {
  const engine = openEngine({ home, runtime: join(home, "run"), env: process.env });
  await expect(Box.getOrCreate("web", { image: "x", engine })).rejects.toMatchObject({ code: "name-in-use" });
});

it("a box that is being created or removed does not count as damaged", async () => {
  await rm(join(home, "boxes", ID), { recursive: true });
  const passing = join(home, "boxes", `.creating-${process.pid}-${ID}`);
  await mkdir(passing);
  await writeFile(join(passing, "box.json"), JSON.stringify(RECORD).slice(0, 99));
  expect(await box("ps", "-aq")).toEqual({ code: 0, out: "", said: "" });
});

it("a record with a large environment is read", async () => {
  const env = Array.from({ length: 14 }, (_, at) => `V${at}=${"x".repeat(100_000)}`);
  await writeFile(path, differing({ process: { ...RECORD.process, env } }));
  expect(await box("ps", "-a", "--format", "{{.Names}}")).toEqual({ code: 0, out: "web\n", said: "" });
});

it("a state that is not a regular file counts as damage too, and rm -f removes the box", async () => {
  await writeFile(path, JSON.stringify(RECORD));
  const state = join(home, "boxes", ID, "state.json");
  spawnSync("mkfifo", [state]);
  expect((await box("inspect", "web")).said).toContain(`${state} is damaged: it is not a regular file`);
  expect(await box("rm", "-f", "web")).toEqual({ code: 0, out: "web\n", said: "" });
});
