import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeBox } from "../../../../src/docker/boxes/inspect.js";
import { openContext } from "../../../../src/engine/context.js";
import { rename } from "../../../../src/engine/boxes/rename.js";
import { inspectBox } from "../../../../src/engine/boxes/inspect.js";
import { toJson, writeJson } from "../../../../src/docker/go/json.js";
import { describeRow } from "../../../../src/docker/boxes/rows.js";
import { parseBoxFilters, selectBoxes } from "../../../../src/docker/boxes/filters.js";
import { BoxConfig } from "../../../../src/config/box-config.js";
import { BoxOptions } from "../../../../src/config/box-options.js";
import { createBox } from "../../../../src/vm/box/create.js";
import { boxFiles, namesFolder } from "../../../../src/vm/box/files.js";
import { findBox, type Box } from "../../../../src/vm/box/find.js";
import type { BoxState } from "../../../../src/vm/box/record.js";
import { removeBox } from "../../../../src/vm/box/remove.js";
import { renameBox } from "../../../../src/vm/box/rename.js";
import { boxRecord } from "../../vm/record.js";
import { currentHome } from "../../current.js";

vi.mock("../../../../src/vm/box/lock.js", () => ({ heldLocks: () => Promise.resolve(new Set()) }));

const REFERENCE = "docker.io/library/nginx:alpine";

function box(name: string, second: number, state: BoxState, config: object = {}, options: object = {}): Box {
  const record = boxRecord(name, {
    createdAt: `2026-01-01T00:00:0${second}.000Z`,
    config: BoxConfig.parse({ image: REFERENCE, ...config }),
    options: BoxOptions.parse(options),
    image: {
      reference: REFERENCE,
      digest: `sha256:${"a".repeat(64)}`,
      id: `sha256:${"b".repeat(64)}`,
      disk: "/x",
    },
    ports: [{ address: "", hostPort: 8080, guestPort: 80, protocol: "tcp" }],
    namedVolumes: [{ name: "kept", anonymous: false }],
  });
  return { folder: "/nowhere", record, state };
}

const web = box(
  "web",
  3,
  { status: "running", startedAt: new Date().toISOString() },
  {
    network: "bridge:shop",
    portMap: ["8080:80"],
    volumes: ["type=bind,source=/srv/a:b,target=/b", "/srv/c:/c:ro"],
  },
);
const job = box(
  "job",
  2,
  { status: "exited", exitCode: 3 },
  { volumes: ["kept:/data"] },
  { labels: { tier: "1" } },
);
const idle = box("idle-web", 1, { status: "created" });
const dev = box(
  "dev",
  0,
  { status: "created" },
  { workspace: "/srv/code", tmpfs: ["/scratch:size=1m"], volumes: ["type=volume,target=/anonymous"] },
);
dev.record.namedVolumes = [{ name: "unnamed", anonymous: true }];
const all = [web, job, idle];

job.record.image = {
  ...job.record.image,
  digest: `sha256:${"c".repeat(64)}`,
  config: { Labels: { tier: "0", of: "i" } },
};
web.record.image = {
  ...web.record.image,
  config: { ExposedPorts: { "443": {}, "9000-9001/udp": {}, nonsense: {} } },
};
const ancestors = new Map([
  ["nginx:alpine", new Set([web.record.image.digest])],
  ["base", new Set([web.record.image.digest, job.record.image.digest])],
]);

const names = async (...filters: string[]) =>
  (await selectBoxes(all, parseBoxFilters(filters), ancestors)).map(({ record }) => record.name);

describe("filters of box ps", () => {
  it.each([
    [["name=web"], ["web", "idle-web"]],
    [["name=^web$"], ["web"]],
    [["name=^/web$"], ["web"]],
    [["name=/idle-web"], ["idle-web"]],
    [["name=W.B"], []],
    [["name=(?i)^W.B"], ["web"]],
    [["name=["], []],
    [["name="], ["web", "job", "idle-web"]],
    [
      ["name=^job$", "name=idle"],
      ["job", "idle-web"],
    ],
    [[`id=${web.record.id.slice(3, 20)}`], ["web"]],
    [["is-task=true"], []],
    [["is-task=0", "name=job"], ["job"]],
    [["publish=80"], ["web"]],
    [["publish=70-90/tcp"], ["web"]],
    [["publish=8080"], []],
    [["publish=80/udp"], []],
    [["publish=443"], []],
    [["expose=443"], ["web"]],
    [["expose=80"], ["web"]],
    [["expose=9001/udp"], ["web"]],
    [["expose=9001"], []],
    [["status=dead"], []],
    [[""], ["web", "job", "idle-web"]],
    [["status=exited"], ["job"]],
    [
      ["status=exited", "status=created"],
      ["job", "idle-web"],
    ],
    [["exited=3"], ["job"]],
    [["exited=0"], []],
    [["label=tier=1"], ["job"]],
    [["label=tier=0"], []],
    [["label=of=i"], ["job"]],
    [["ancestor=nginx:alpine"], ["web", "idle-web"]],
    [["ancestor=base"], ["web", "job", "idle-web"]],
    [["ancestor=docker.io/library/nginx:alpine", "name=job"], ["job"]],
    [["ancestor=nginx"], []],
    [["before=web"], ["job", "idle-web"]],
    [["since=job"], ["web"]],
    [["volume=/data"], ["job"]],
    [["volume=/b"], ["web"]],
    [["volume=/srv/a:b"], ["web"]],
    [["volume=/srv/c"], ["web"]],
    [["volume=ro"], []],
    [["network=shop"], ["web"]],
  ])("%j select %j", async (filters, expected) => {
    expect(await names(...filters)).toEqual(expected);
  });

  it("network=ID selects the boxes of the networks whose IDs begin like that", async () => {
    const networksById = new Map([["7eee", ["shop", "yard"]]]);
    const found = await selectBoxes(all, parseBoxFilters(["network=7eee"]), ancestors, networksById);
    expect(found.map(({ record }) => record.name)).toEqual(["web"]);
    expect(await names("network=7eee")).toEqual([]);
  });

  it.each([
    ["volume=/workspace", ["dev"]],
    ["volume=/srv/code", ["dev"]],
    ["volume=/scratch", ["dev"]],
    ["volume=/anonymous", ["dev"]],
    ["volume=", []],
  ])("%s matches a mount whichever flag created it", async (filter, expected) => {
    const found = await selectBoxes([...all, dev], parseBoxFilters([filter]));
    expect(found.map(({ record }) => record.name)).toEqual(expected);
  });

  it("fall back to names of volumes if this version refuses a notation in the record", async () => {
    const old = box("old", 5, { status: "created" }, { volumes: ["/a:/proc/1"] });
    old.record.sources = { "/a": "/a" };
    const names = async (filter: string) =>
      (await selectBoxes([old, web], parseBoxFilters([filter]))).map(({ record }) => record.name);
    expect(await names("volume=kept")).toEqual(["old", "web"]);
    expect(await names("volume=/a")).toEqual(["old"]);
    expect(await names("name=old")).toEqual(["old"]);
  });

  it.each([
    ...[
      ["status=zombie"],
      ["exited=x"],
      ["colour=red"],
      ["before=nobody"],
      ["label!=tier"],
      ["is-task=maybe"],
    ],
    ...[["publish=x"], ["expose=80:80"], ["=1"]],
  ])("%s is refused", async (filter) => {
    await expect(names(filter)).rejects.toThrow(/Invalid filter|No such container/);
  });
});

describe("a row of box ps", () => {
  it("lists mounts as Docker does, whichever flag created them", () => {
    const mounts = [web, job, dev].map((each) => describeRow(each, { trunc: true })["Mounts"]);
    expect(mounts).toEqual(["/srv/a:b,/srv/c", "kept", "unnamed,/srv/code,/scratch"]);
  });

  it("has Docker's fields", () => {
    expect(describeRow(web, { trunc: true })).toMatchObject({
      ID: web.record.id.slice(0, 12),
      Image: "nginx:alpine",
      Ports: "443/tcp, 9000-9001/udp, 0.0.0.0:8080->80/tcp",
      State: "running",
      Names: "web",
    });
    expect(describeRow(job, { trunc: false, bytes: { layer: 0, image: 1500 } })).toMatchObject({
      ID: job.record.id,
      Ports: "",
      Status: expect.stringMatching(/^Exited \(3\)/) as string,
      Labels: "of=i,tier=1",
      Size: "0B (virtual 1.5kB)",
      CreatedAt: "2026-01-01 00:00:02 +0000 UTC",
      LocalVolumes: "1",
      Networks: "bridge",
      Platform: null,
    });
  });
});

/** A box as `inspect` prints it. */
const shown = (box: Box): unknown =>
  JSON.parse(writeJson(toJson(describeBox(inspectBox(currentHome(), box)), { sent: true })));

describe("box inspect", () => {
  it("shows a box in Docker's format", () => {
    expect(shown(web)).toMatchObject({
      Id: web.record.id,
      Name: "/web",
      State: { Status: "running", Running: true, ExitCode: 0 },
      NetworkSettings: { Ports: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }] } },
    });
    expect(shown(job)).toMatchObject({
      State: { Status: "exited", Running: false, ExitCode: 3 },
      Mounts: [{ Type: "volume", Name: "kept", Destination: "/data", RW: true }],
      NetworkSettings: { Ports: {} },
    });
  });

  it("lists the workspace as a mount", () => {
    expect(shown(dev)).toMatchObject({
      Mounts: [
        { Type: "volume", Destination: "/anonymous" },
        { Type: "bind", Source: "/srv/code", Destination: "/workspace", RW: true },
      ],
    });
  });

  it("shows the options of log rotation", () => {
    const logOpt = [
      ["max-size", "10m"],
      ["max-file", "3"],
    ];
    expect(shown(box("log", 4, { status: "created" }, {}, { logOpt }))).toMatchObject({
      HostConfig: { LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } } },
    });
    expect(shown(web)).toMatchObject({
      HostConfig: { LogConfig: { Type: "json-file", Config: {} } },
    });
  });
});

describe("renameBox", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "box-rename-"));
    vi.stubEnv("BOX_HOME", home);
    vi.stubEnv("BOX_RUNTIME", join(home, "run"));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true, force: true });
  });
  const make = (name: string) => createBox(currentHome(), boxRecord(name), () => Promise.resolve());

  it("changes only the name, and refuses one that is taken", async () => {
    await make("old");
    await make("taken");
    const before = await findBox(currentHome(), "old");
    await expect(renameBox(currentHome(), before, "taken", expect.unreachable)).rejects.toThrow(
      '"/taken" is already in use',
    );
    await renameBox(currentHome(), before, "new", expect.unreachable);
    expect((await findBox(currentHome(), "new")).record).toEqual({ ...before.record, name: "new" });
    await expect(findBox(currentHome(), "old")).rejects.toThrow("No such container");
    expect((await readdir(namesFolder(currentHome()))).sort()).toEqual(["new", "taken"]);
  });

  it("refuses names that Docker refuses, but finds boxes that older versions gave them", async () => {
    await make("x");
    const context = openContext({ home, runtime: join(home, "run") });
    await make("taken");
    for (const [to, message] of [
      ["", "Neither old nor new names may be empty"],
      ["/x", "Renaming a container with the same name as its current name"],
      ["y", "Invalid container name (y)"],
      ["/taken", "already in use"],
    ] as const)
      await expect(rename(context, "x", to)).rejects.toThrow(message);
    await rename(context, "x", "/xy");
    expect((await readdir(namesFolder(currentHome()))).sort()).toEqual(["taken", "xy"]);
  });

  it("leaves no name behind if the box is removed by its old name", async () => {
    const folder = await make("old");
    await renameBox(currentHome(), await findBox(currentHome(), "old"), "new", expect.unreachable);
    await removeBox(currentHome(), folder, "old");
    expect(await readdir(namesFolder(currentHome()))).toEqual([]);
  });

  it("removes the name of a box whose record cannot be read", async () => {
    const folder = await make("old");
    await writeFile(boxFiles(folder).record, "{");
    await removeBox(currentHome(), folder, "old");
    expect(await readdir(namesFolder(currentHome()))).toEqual([]);
  });
});
