import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createDecoder, type Request } from "../../../../src/vm/protocol/control/wire.js";
import { runCommand } from "../../cli/command.js";
import { boxRecord } from "../record.js";

const ID = "0123456789ab".padEnd(64, "d");

let home: string;
let path: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-newer-"));
  for (const folder of [`boxes/${ID}`, "names", "run"])
    await mkdir(join(home, folder), { recursive: true, mode: 0o700 });
  path = join(home, "boxes", ID, "box.json");
  // A format of which this version only knows the version number.
  await writeFile(path, JSON.stringify({ version: 2, id: ID, spec: { image: "x" } }));
  await writeFile(join(home, "boxes", ID, "state.json"), JSON.stringify({ status: "hibernating" }));
  await symlink(ID, join(home, "names", "web"));
});
afterEach(() => rm(home, { recursive: true }));

async function box(...args: string[]) {
  const { code, stdout, stderr } = await runCommand(args, { home, program: "box" });
  return { code, out: stdout, said: stderr };
}

const REFUSED = (verb: string) => ({
  code: 1,
  out: verb === "inspect" ? "[]\n" : "",
  said: `box: ${path} was written by a newer version of box\nhint: update box, or remove the box with \`box rm -f\`\n`,
});

it("a box of a newer version is listed along with the others, with the reason", async () => {
  const other = boxRecord("other");
  await mkdir(join(home, "boxes", other.id));
  await writeFile(join(home, "boxes", other.id, "box.json"), JSON.stringify(other));
  const { code, out, said } = await box("ps", "-a");
  expect(code).toBe(0);
  expect(out).toMatch(/^0123456789ab .* Unreadable .* web$/m);
  expect(out).toMatch(/ other$/m);
  expect(said).toContain(`box 0123456789ab (web): ${path} was written by a newer version of box`);
});

it.each([["start"], ["stop"], ["inspect"], ["logs"], ["exec", "true"], ["rm"], ["rename", "other"]])(
  "box %s reports a box of a newer version, and changes nothing",
  async (verb, ...more) => {
    for (const name of ["web", ID, ID.slice(0, 5)])
      expect([name, await box(verb, name, ...more)]).toEqual([name, REFUSED(verb)]);
    expect(await readdir(join(home, "boxes", ID))).toEqual(["box.json", "state.json"]);
  },
);

it("prune keeps a box of a newer version and everything that it may need", async () => {
  await mkdir(join(home, "volumes", "data", "_data"), { recursive: true });
  await writeFile(join(home, "volumes", "data", "volume.json"), "{}");
  expect((await box("prune", "-f")).code).toBe(0);
  for (const words of [
    ["volume", "prune", "-a", "-f"],
    ["image", "prune", "-a", "-f"],
    ["volume", "rm", "data"],
  ])
    expect((await box(...words)).said).toContain("was written by a newer version of box");
  expect(await readdir(join(home, "boxes"))).toEqual([ID]);
  expect(await readdir(join(home, "volumes"))).toEqual(["data"]);
});

it("rm -f removes a box of a newer version", async () => {
  expect(await box("rm", "-f", "web")).toEqual({ code: 0, out: "web\n", said: "" });
  expect([await readdir(join(home, "boxes")), await readdir(join(home, "names"))]).toEqual([[], []]);
});

it("rm -f kills a running box of a newer version before it removes it", async () => {
  const asked: Request[] = [];
  const monitor = createServer((socket) => {
    const decode = createDecoder((_, payload) => {
      asked.push(JSON.parse(payload.toString()) as Request);
      monitor.close();
      socket.end();
    });
    socket.on("data", decode);
  }).listen(join(home, "run", `${ID.slice(0, 12)}.sock`));
  const { out } = await box("rm", "-f", "web");
  expect([out, asked]).toEqual(["web\n", [expect.objectContaining({ op: "stop", signal: 9 })]]);
  expect(await readdir(join(home, "boxes"))).toEqual([]);
});
