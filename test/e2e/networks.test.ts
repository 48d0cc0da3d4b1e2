import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SWITCH_SOCKET } from "../../src/net/named-network.js";
import type { BoxRecord } from "../../src/vm/box/record.js";
import { awaitLog, box as anyBox, DRIVER, home, run as anyRun, runDetached, SAME_ON_KRUN } from "./box.js";
import { BUSYBOX } from "./images.js";
import { networkGuest, readFound, type Found } from "./network-guest.js";
import { awaitGone, processesNaming } from "./processes.js";

/** Sockets of this file's boxes: the switch belongs to them alone. */
const runtime = mkdtempSync(join(tmpdir(), "box-networks-"));
const env = { BOX_RUNTIME: runtime };
afterAll(() => rmSync(runtime, { recursive: true }));

const box = (words: string[]) => anyBox(words, { env });
const run = (words: string[]) => anyRun(words, { env });

async function ok(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await box(words);
  expect([words.join(" "), code, stderr]).toEqual([words.join(" "), 0, ""]);
  return stdout.trim();
}

/** Runs probes in a new box with these flags. */
async function probe(flags: string[], words: string[]): Promise<Found> {
  const { stdout } = await run(["--rm", ...flags, ...networkGuest(words)]);
  return readFound(stdout);
}

/** Runs probes in a running box, which takes a twentieth of the time of a new one. */
async function probeFrom(name: string, words: string[]): Promise<Found> {
  return readFound((await box(["exec", name, "network-guest", ...words])).stdout);
}

const SERVE = ["serve-tcp::80", "serve-udp::53"];
/** A program of the box that answers on port 80, and one that never ends. */
async function serve(name: string, flags: string[]): Promise<string> {
  const id = await runDetached(["--name", name, ...flags, ...networkGuest(SERVE)], { env });
  await awaitLog(id, "done");
  return id;
}

const idle = (name: string, flags: string[]) =>
  runDetached(["--name", name, ...flags, BUSYBOX, "sleep", "100000"], { env });

const endpoint = (name: string, network: string) =>
  ok("inspect", "-f", `{{json (index .NetworkSettings.Networks "${network}")}}`, name).then(
    (text) => JSON.parse(text) as Record<string, unknown>,
  );

const switches = async () => {
  const processes = await processesNaming(join(runtime, SWITCH_SOCKET));
  return [...processes].filter(([, line]) => line.includes("box-vmm switch")).map(([pid]) => pid);
};

describe("boxes on a created network", () => {
  let db: string;
  let switching: number[];

  beforeAll(async () => {
    await ok("network", "create", "--subnet", "10.77.0.0/24", "--gateway", "10.77.0.254", "shop");
    await ok("network", "create", "--subnet", "10.78.0.0/16", "back");
    db = await serve("net-db", ["--network", "shop", "--network-alias", "store", "--ip", "10.77.0.9"]);
    await serve("net-front", ["--network", "shop", "--network", "name=back,alias=gate,ip=10.78.3.4"]);
    await idle("net-ask", ["--network", "shop", "--link", "net-db:database"]);
    switching = await switches();
  });
  afterAll(async () => {
    await box(["rm", "-f", "net-db", "net-front", "net-ask"]);
    await Promise.all(switching.map(awaitGone));
    await ok("network", "rm", "shop", "back");
    expect(["shop", "back"].filter((name) => existsSync(join(home(), "networks", `${name}.json`)))).toEqual(
      [],
    );
    expect(await switches()).toEqual([]);
  });

  it("find each other by name, alias and address", async () => {
    const names = ["net-db", "net-db.shop", "store.shop", "store", "10.77.0.9", db.slice(0, 12), "net-front"];
    const words = [
      ...names.map((name) => `tcp:${name}:80`),
      "tcp:gate:80",
      "tcp:nobody:80",
      "tcp:net-db.back:80",
    ];
    const found = await probeFrom("net-ask", words);
    for (const name of names) expect([name, found.get(`tcp:${name}:80`)]).toEqual([name, "80 hello"]);
    // An alias belongs to one network.
    expect(found.get("tcp:gate:80")).toBe("unknown");
    expect(found.get("tcp:nobody:80")).toBe("unknown");
    expect(found.get("tcp:net-db.back:80")).toBe("unknown");
  });

  it("is on two networks, and connects them no more than a box of one", { tags: "full" }, async () => {
    const found = await probe(
      ["--network", "back"],
      ["tcp:gate:80", "tcp:10.78.3.4:80", "udp:net-db:53", "udp:10.77.0.9:53"],
    );
    expect(found.get("tcp:gate:80")).toBe("80 hello");
    expect(found.get("tcp:10.78.3.4:80")).toBe("80 hello");
    expect(found.get("udp:net-db:53")).toBe("unknown");
    expect(found.get("udp:10.77.0.9:53")).toMatch(/^(refused|silent)$/);
    const both = await probe(["--network", "back", "--network", "shop"], ["tcp:gate:80", "tcp:store:80"]);
    expect([both.get("tcp:gate:80"), both.get("tcp:store:80")]).toEqual(["80 hello", "80 hello"]);
  });

  it.skipIf(SAME_ON_KRUN)("knows another box by the name of a link", async () => {
    const found = await probeFrom("net-ask", ["tcp:database:80", "tcp:net-db:80"]);
    expect([found.get("tcp:database:80"), found.get("tcp:net-db:80")]).toEqual(["80 hello", "80 hello"]);
    expect((await probeFrom("net-front", ["tcp:database:80"])).get("tcp:database:80")).toBe("unknown");
  });

  it.skipIf(SAME_ON_KRUN)("are shown with their places, as Docker shows them", async () => {
    const place = await endpoint("net-db", "shop");
    expect(place).toMatchObject({
      ...{ IPAMConfig: { IPv4Address: "10.77.0.9" }, Aliases: ["store"], IPAddress: "10.77.0.9" },
      ...{ IPPrefixLen: 24, Gateway: "10.77.0.254", MacAddress: "02:42:0a:4d:00:09" },
    });
    expect(await endpoint("net-front", "back")).toMatchObject({ IPAddress: "10.78.3.4", IPPrefixLen: 16 });
    const members = await ok("network", "inspect", "-f", "{{json .Containers}}", "shop");
    const found = Object.values(JSON.parse(members) as Record<string, { Name: string; IPv4Address: string }>);
    expect(found.map(({ Name }) => Name).sort()).toEqual(["net-ask", "net-db", "net-front"]);
    expect(found.find(({ Name }) => Name === "net-db")?.IPv4Address).toBe("10.77.0.9/24");
    expect(await ok("ps", "--filter", "network=back", "--format", "{{.Names}} {{.Networks}}")).toBe(
      "net-front back,shop",
    );
  });

  it.skipIf(SAME_ON_KRUN)(
    "keep the network from being removed, and their addresses from others",
    async () => {
      const removal = await box(["network", "rm", "shop"]);
      expect([removal.code, removal.stderr]).toEqual([1, expect.stringContaining("has active endpoints")]);
      for (const [address, reason] of [
        ["10.77.0.9", "Address already in use: 10.77.0.9 on network shop"],
        ["10.77.0.254", "Address already in use: 10.77.0.254 on network shop"],
        ["10.79.0.1", "It does not belong to any of this network's subnets"],
      ] as const) {
        const { code, stderr } = await run(["--rm", "--network", "shop", "--ip", address, BUSYBOX, "true"]);
        expect([address, code, stderr]).toEqual([address, 125, expect.stringContaining(reason)]);
      }
      expect((await box(["network", "prune", "-f"])).stdout).toBe("");
    },
  );
});

describe.skipIf(SAME_ON_KRUN)("a network", () => {
  it("is joined at a start by a box that was connected to it before", { tags: "full" }, async () => {
    await ok("network", "create", "--subnet", "10.81.0.0/24", "later");
    await serve("net-web", ["--network", "later"]);
    const asking = networkGuest(["tcp:net-web:80", "tcp:own:80"]);
    await ok("create", "--vmm", DRIVER, "--name", "net-later", ...asking);
    try {
      await ok("network", "connect", "--alias", "own", "--ip", "10.81.0.77", "later", "net-later");
      const { stdout } = await box(["start", "-a", "net-later"]);
      expect(readFound(stdout).get("tcp:net-web:80")).toBe("80 hello");
      // A name of its own, where nothing listens.
      expect(readFound(stdout).get("tcp:own:80")).toBe("refused");
      // A VM for its files alone is on no network.
      await ok("diff", "net-later");
      await ok("network", "disconnect", "later", "net-later");
      await ok("network", "disconnect", "bridge", "net-later");
      const alone = await box(["start", "-a", "net-later"]);
      expect(readFound(alone.stdout).get("tcp:net-web:80")).toBe("unknown");
    } finally {
      await box(["rm", "-f", "net-later", "net-web"]);
      await ok("network", "rm", "later");
    }
  });
});

describe.skipIf(SAME_ON_KRUN)("a network of a running box", () => {
  beforeAll(async () => {
    await ok("network", "create", "--subnet", "10.82.0.0/24", "first");
    await ok("network", "create", "--subnet", "10.83.0.0/24", "second");
    await serve("net-mover", ["--network", "first", "-h", "own-host"]);
    await idle("net-asker", ["--network", "second"]);
  });
  afterAll(async () => {
    await ok("rm", "-f", "net-mover", "net-asker");
    await ok("network", "rm", "first", "second");
  });

  it("can be joined and left by it", async () => {
    await ok("network", "connect", "--alias", "moved", "--ip", "10.83.0.9", "second", "net-mover");
    const place = await endpoint("net-mover", "second");
    expect(place).toMatchObject({ IPAddress: "10.83.0.9", Aliases: ["moved"] });
    const words = ["tcp:moved:80", "tcp:net-mover:80"];
    const found = await probeFrom("net-asker", words);
    expect(words.map((word) => found.get(word))).toEqual(["80 hello", "80 hello"]);
    const again = await box(["network", "connect", "second", "net-mover"]);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining("already exists in network second"),
    ]);
    await ok("network", "disconnect", "second", "net-mover");
    const left = await probeFrom("net-asker", words);
    expect(words.map((word) => left.get(word))).toEqual(["unknown", "unknown"]);
    const named = () => ok("ps", "--filter", "name=net-mover", "--format", "{{.Networks}}");
    expect(await named()).toBe("first");
    // As a command that is killed before the box joins leaves it.
    const path = join(home(), "boxes", await ok("inspect", "-f", "{{.Id}}", "net-mover"), "box.json");
    const record = JSON.parse(readFileSync(path, "utf8")) as BoxRecord;
    const options = { ...record.options, networks: ["second"] };
    writeFileSync(path, JSON.stringify({ ...record, options }));
    expect(await named()).toBe("first,second");
    await ok("network", "disconnect", "second", "net-mover");
    expect(await named()).toBe("first");
  });

  it("cannot be joined by one without an interface for networks", async () => {
    await idle("net-plain", []);
    const refused = await box(["network", "connect", "second", "net-plain"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("stop it first")]);
    expect(await ok("ps", "--filter", "name=net-plain", "--format", "{{.Networks}}")).toBe("bridge");
  });

  it("knows it by its current name", async () => {
    await ok("network", "connect", "--alias", "kept", "second", "net-mover");
    await ok("rename", "net-mover", "net-current");
    const words = ["tcp:net-mover:80", "tcp:net-current:80", "tcp:own-host:80", "tcp:kept:80"];
    const ask = async () => {
      const found = await probeFrom("net-asker", words);
      return words.map((word) => found.get(word));
    };
    expect(await ask()).toEqual(["unknown", "80 hello", "80 hello", "80 hello"]);
    // Inside, as in Docker, nothing changes.
    expect(await ok("exec", "net-current", "hostname")).toBe("own-host");
    await ok("network", "connect", "first", "net-asker");
    await ok("network", "disconnect", "second", "net-asker");
    expect(await ask()).toEqual(["unknown", "80 hello", "80 hello", "unknown"]);
    await ok("network", "disconnect", "second", "net-current");
    await ok("rename", "net-current", "net-former");
    await ok("rename", "net-former", "net-current");
    expect(await ask()).toEqual(["unknown", "80 hello", "80 hello", "unknown"]);
    await ok("rename", "net-current", "net-mover");
  });

  it("has to exist for a start, and a box that could not be started is kept, as in Docker; an internal one leads to its boxes alone", async () => {
    const program = networkGuest(
      ["tcp:net-mover:80", "tcp:1.1.1.1:80"],
      "ls /sys/class/net | xargs echo interfaces",
    );
    const failed = await run(["--name", "net-lost", "--network", "no.such", ...program]);
    expect([failed.code, failed.stderr]).toEqual([125, expect.stringContaining("network no.such not found")]);
    onTestFinished(async () => {
      await box(["rm", "-f", "net-lost"]);
      await box(["network", "disconnect", "no.such", "net-mover"]);
      await box(["network", "rm", "-f", "no.such"]);
    });
    expect(await ok("ps", "-a", "--filter", "name=net-lost", "--format", "{{.Status}}")).toBe("Created");
    const again = await box(["start", "net-lost"]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("network no.such not found")]);
    await ok("network", "create", "--internal", "no.such");
    await ok("network", "connect", "no.such", "net-mover");
    const found = readFound(await ok("start", "-a", "net-lost"));
    expect(found.get("interfaces")).toBe("eth0 lo");
    expect(found.get("tcp:net-mover:80")).toBe("80 hello");
    expect(found.get("tcp:1.1.1.1:80")).not.toBe("reached");
  });
});
