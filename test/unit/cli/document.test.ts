import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { LINES } from "../../../src/cli/exec.js";
import { boxLines } from "../../../src/cli/flags/box-lines.js";
import { keeping, longName, takesValue, type Line } from "../../../src/cli/flags/lines.js";
import { loadCommand, runProgram } from "../../../src/cli/program.js";
import { openEngine } from "../../../src/engine/engine.js";
import { BoxDocument } from "../../../src/config/box-document.js";
import { resolveWords } from "./resolve.js";

/** Flags that control the command rather than the box. */
const ACTION_FLAGS = [
  ...["--detach-keys", "--sig-proxy", "--no-sig-proxy", "--cidfile", "--pull", "--platform", "--verify"],
  "--attach",
  ...["--quiet", "--config", "--dry-run", "--format"],
];

const folder = mkdtempSync(join(tmpdir(), "box-document-"));
const file = (name: string) => join(folder, name);

/** A value for each flag that takes one. */
const VALUES: Readonly<Record<string, string>> = {
  "--name": "web",
  "--label": "a=b=c",
  "--label-file": file("labels"),
  "--restart": "on-failure:3",
  "--log-driver": "local",
  "--log-opt": "max-size=1m",
  "--health-cmd": "true",
  "--health-interval": "90s",
  "--health-timeout": "1.5s",
  "--health-start-period": "1m",
  "--health-retries": "4",
  "--env": "A=1",
  "--env-file": file("variables"),
  "--workdir": "/a/../b/",
  "--user": "1000:daemon",
  "--volumes-from": "web:ro",
  "--group-add": "adm",
  "--entrypoint": "sh",
  "--hostname": "crate",
  "--domainname": "example.org",
  "--oom-score-adj": "-5",
  "--stop-signal": "RTMIN+1",
  "--stop-timeout": "-1",
  "--volume": "./a:/volume:ro",
  "--mount": `type=bind,source=${folder},target=/mount`,
  "--tmpfs": "/tmpfs:size=1m",
  "--workspace": "work",
  "--shm-size": "1m",
  "--publish": "127.0.0.1:0:80",
  "--network": "shop",
  "--network-alias": "store",
  "--ip": "10.77.0.9",
  "--link": "db:database",
  "--expose": "8000-8001/udp",
  "--dns": "192.0.2.1",
  "--dns-search": "example.org",
  "--dns-option": "ndots:2",
  "--add-host": "db=[2001:db8::1]",
  "--cpus": "1",
  "--memory": "512m",
  "--memory-reservation": "256m",
  "--memory-swap": "-1",
  "--pids-limit": "0",
  "--cpuset-cpus": "0,0-0",
  "--cpu-shares": "512",
  "--cpu-quota": "50000",
  "--cpu-period": "50000",
  "--storage-opt": "size=1g",
  "--timeout": "2h",
  "--ulimit": "nofile=10",
  "--cap-add": "net_admin",
  "--cap-drop": "kill",
  "--security-opt": "no-new-privileges",
  "--device": "/dev/fuse",
  "--sysctl": "net.core.somaxconn=9",
  "--tee": "tdx,workload-id=a",
  "--vmm": "qemu",
  "--log-level": "debug",
  "--sidecar": "redis",
  "--sidecar-env": "B=2",
  "--sidecar-port": "81",
  "--sidecar-proxy": "http",
};

/** Flags that some flags need. */
const NEEDED: Readonly<Record<string, string[]>> = {
  "--sidecar-env": ["--sidecar", "redis"],
  "--sidecar-port": ["--sidecar", "redis"],
  "--sidecar-proxy": ["--sidecar", "redis"],
  ...Object.fromEntries(["--network-alias", "--ip", "--link"].map((name) => [name, ["--network", "shop"]])),
};

/** Refused as not available yet, once they have been parsed. */
const UNAVAILABLE = ["--tee"];
/** Flags that a dry run checks against boxes and pools that do not exist here. */
const ELSEWHERE = ["--volumes-from", "--pool"];
/** Flags that conflict with others: each is tested in a command line of its own. */
const APART = [
  "--rm",
  "--no-healthcheck",
  "--no-persistent",
  "--sidecar",
  "--sidecar-env",
  "--sidecar-port",
  "--sidecar-proxy",
];

let output: { out: string; err: string };
beforeAll(async () => {
  vi.stubEnv("BOX_HOME", join(folder, "home"));
  vi.stubEnv("BOX_RUNTIME", join(folder, "run"));
  await openEngine({ home: file("home") }).networks.create("shop", { subnet: "10.77.0.0/24" });
  writeFileSync(file("labels"), "from=file\n");
  writeFileSync(file("variables"), "FROM=file\n");
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  output = { out: "", err: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((output.out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((output.err += String(text)), true));
});
afterEach(() => vi.restoreAllMocks());

/** Parses a command line without checking which features are available. */
async function understood(...words: string[]): Promise<string> {
  const { config, options } = await resolveWords(words);
  return JSON.stringify({ ...config, record: options });
}

/** Returns the output of a dry run. */
async function dryRun(...words: string[]): Promise<string> {
  output = { out: "", err: "" };
  expect([await runProgram(["run", "--dry-run", ...words]), output.err]).toEqual([0, ""]);
  return output.out;
}

function wordsOf(line: Line): string[] {
  const name = longName(line);
  if (name === "--pool") return ["--pool=web"];
  return takesValue(line) ? [name, VALUES[name] ?? "without a value"] : [name];
}

function valueAt(document: unknown, path: string): unknown {
  return path.split(".").reduce((below, name) => (below as Record<string, unknown> | null)?.[name], document);
}

const filling = boxLines().filter(({ path }) => path !== undefined);

describe("a document of a box", () => {
  it("has a field for every flag that configures the box", async () => {
    const run = await loadCommand("run", () => undefined);
    const named = run?.options.filter(({ hidden }) => !hidden).map(({ long }) => long) ?? [];
    const filled = filling.map(longName);
    // --detach sets stdinOnce, whose value is about the client.
    expect(named.filter((long) => !filled.includes(long ?? "")).sort()).toEqual(
      [...ACTION_FLAGS, "--detach"].sort(),
    );
  });

  // --persistent is the default without --rm, and the opposite of --no-persistent.
  const telling = filling.filter((line) => longName(line) !== "--persistent");
  it.each(telling.map((line) => [longName(line), line] as const))(
    "contains the value of a flag: %s",
    async (_, line) => {
      const name = longName(line);
      const words = [...(NEEDED[name] ?? []), ...wordsOf(line), "alpine"];
      const read = [...UNAVAILABLE, ...ELSEWHERE].includes(name) ? understood : dryRun;
      const [printed, plain] = [await read(...words), await read("alpine")];
      const path = line.path ?? "";
      expect(valueAt(JSON.parse(printed), path)).not.toEqual(valueAt(JSON.parse(plain), path));
      writeFileSync(file("box.json"), printed);
      expect(await read("--config", file("box.json"))).toBe(printed);
    },
  );

  it("has the fields that flags of box exec set, in the order of the help", () => {
    const told = (line: Line) => [longName(line), line.path, keeping(line)];
    const names = LINES.map(longName);
    expect(LINES.map(told)).toEqual(
      boxLines()
        .filter((line) => names.includes(longName(line)))
        .map(told),
    );
  });

  it("contains the values of all flags together, and is unchanged after being read again", async () => {
    const lines = filling.filter(
      (line) => ![...UNAVAILABLE, ...ELSEWHERE, ...APART].includes(longName(line)),
    );
    const printed = await dryRun("-d", ...lines.flatMap(wordsOf), "alpine", "sleep", "1");
    writeFileSync(file("box.json"), printed);
    // With -d, stdin need not be a terminal.
    expect(await dryRun("-d", "--config", file("box.json"))).toBe(printed);
    const document = BoxDocument.parse(JSON.parse(printed));
    const plain = BoxDocument.parse({ image: "alpine" });
    for (const { path = "" } of lines)
      expect([path, valueAt(document, path)]).not.toEqual([path, valueAt(plain, path)]);
    expect(document.record).toMatchObject({
      name: "web",
      vmm: "qemu",
      labels: { from: "file", a: "b=c" },
      workdir: "/b",
      stopSignal: "35",
      stdinOnce: false,
    });
  });

  it("is overridden by flags: values are replaced, lists and labels merged", async () => {
    const record = {
      name: "file",
      user: "a",
      labels: { a: "file", b: "file" },
      groupAdd: ["one"],
      tty: true,
    };
    writeFileSync(
      file("base.json"),
      JSON.stringify({ image: "alpine", record, resources: { memoryMb: 128 } }),
    );
    const flags = ["--name", "flag", "-l", "b=flag", "--group-add", "two", "-m", "256m"];
    const document = BoxDocument.parse(JSON.parse(await dryRun("--config", file("base.json"), ...flags)));
    expect(document.record).toMatchObject({
      name: "flag",
      user: "a",
      labels: { a: "file", b: "flag" },
      groupAdd: ["one", "two"],
      tty: true,
    });
    expect(document.resources.memoryMb).toBe(256);
  });

  it.each<[record: unknown, said: string, hint?: string]>([
    [{ usr: "a" }, 'unknown key "usr" in record', "did you mean user?"],
    [
      { health: { intervalSec: 1 } },
      'unknown key "intervalSec" in record.health',
      "did you mean intervalSecs?",
    ],
    [{ restart: "maybe" }, 'record.restart: "maybe"'],
    [{ user: "a\nb" }, "record.user: "],
    [{ hostname: "-" }, "record.hostname: "],
    [{ workdir: "relative" }, "record.workdir: "],
    [{ labels: { "a b": "c" } }, "record.labels: "],
    [{ addHost: ["x"] }, "record.addHost: "],
    [{ sysctls: [["../x", "1"]] }, "record.sysctls: "],
    [{ devices: ["fuse"] }, "record.devices: "],
    [{ stopSignal: "NONE" }, "record.stopSignal: "],
    [{ stopTimeoutSecs: 1e10 }, "record.stopTimeoutSecs: "],
    [{ logOpt: [["max-size", "x"]] }, "record.logOpt: "],
    [{ groupAdd: ["a:b"] }, "record.groupAdd: "],
    [{ vmm: "xen" }, "record.vmm: "],
    [[], "record"],
  ])("is refused with an error of one line if its record is invalid: %j", async (record, said, hint) => {
    writeFileSync(file("wrong.json"), JSON.stringify({ image: "alpine", record }));
    expect(await runProgram(["run", "--dry-run", "--config", file("wrong.json")])).toBe(125);
    expect(output.out).toBe("");
    expect(output.err).toMatch(/^box: [^\n]+\n(hint: [^\n]+\n)?$/);
    expect(output.err).toContain(`box: --config "${file("wrong.json")}": ${said}`);
    if (hint !== undefined) expect(output.err).toContain(hint);
  });

  it.each([
    [{ record: { autoRemove: true, restart: "always" } }, "record.restart: conflicts with record.autoRemove"],
    [{ record: { autoRemove: true }, persistent: true }, "persistent: conflicts with record.autoRemove"],
    [
      { network: "none", portMap: ["80:80"] },
      "conflicting options: cannot specify both portMap and network: the box has no network",
    ],
    [
      { resources: { memoryMb: 512 }, resourceLimits: { memoryReservation: 2 ** 30 } },
      "resourceLimits.memoryReservation: exceeds the memory of the VM",
    ],
  ])("names the fields if the file contradicts itself: %j", async (fields, said) => {
    writeFileSync(file("wrong.json"), JSON.stringify({ image: "alpine", ...fields }));
    expect(await runProgram(["run", "--dry-run", "--config", file("wrong.json")])).toBe(125);
    expect(output.err).toContain(`box: --config "${file("wrong.json")}": ${said}`);
  });

  it("has no sidecar in a VM of a pool", async () => {
    writeFileSync(file("both.json"), JSON.stringify({ image: "alpine", pool: { enabled: true } }));
    expect(await runProgram(["run", "--dry-run", "--config", file("both.json"), "--sidecar", "redis"])).toBe(
      125,
    );
    expect(output.err).toContain("--sidecar: conflicts with --pool, whose VMs have one image");
  });

  it.each([
    [
      { minIdle: 6 },
      "--min-idle: 6 exceeds the largest number of idle VMs (5, the default)\nhint: raise --max-size, too",
    ],
    [
      { maxSize: 3, scaling: { maxMinIdle: 9 } },
      "--max-min-idle: 9 exceeds the largest number of idle VMs (3)\nhint: raise --max-size, too",
    ],
    [
      { scaling: { scaleUpThreshold: 0.1, scaleDownThreshold: 0.2 } },
      "--scale-down-threshold: 0.2 exceeds the share above which one more VM is kept (0.1)\nhint: raise --scale-up-threshold, too",
    ],
    [
      { scaling: { scaleUpThreshold: 0.01 } },
      "--scale-up-threshold: 0.01 is below the share below which one VM fewer is kept (0.05, the default)\nhint: lower --scale-down-threshold, too",
    ],
  ])("names the number of a pool that contradicts another one: %j", async (pool, said) => {
    writeFileSync(file("wrong.json"), JSON.stringify({ image: "alpine", pool }));
    expect(await runProgram(["run", "--dry-run", "--config", file("wrong.json")])).toBe(125);
    expect(output.err).toBe(`box: ${said}\n`);
  });

  it("names the flags if the file contradicts a flag", async () => {
    writeFileSync(file("wrong.json"), JSON.stringify({ image: "alpine", record: { restart: "always" } }));
    expect(await runProgram(["run", "--dry-run", "--rm", "--config", file("wrong.json")])).toBe(125);
    expect(output.err).toContain("box: conflicting options: cannot specify both --restart and --rm: ");
  });
});
