import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parseBox } from "../../../../src/config/parse-box.js";
import { checkTogether } from "../../../../src/config/spec/together.js";
import { parsePlatform } from "../../../../src/config/syntax/platform.js";
import { engine } from "../../../../src/cli/engine.js";
import { runProgram } from "../../../../src/cli/program.js";
import type { ParsedRequest } from "../../../../src/engine/boxes/request.js";
import { openContext } from "../../../../src/engine/context.js";
import { definitionOf } from "../../../../src/engine/pools/definition.js";
import { resolvePool } from "../../../../src/engine/pools/resolve.js";
import { BoxError } from "../../../../src/errors.js";
import { writeDefinition } from "../../../../src/vm/pool/definition.js";

let folder: string;
let output: string;
let started: [name: string, request: ParsedRequest][];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-pool-start-"));
  vi.stubEnv("BOX_HOME", folder);
  vi.stubEnv("BOX_SETTINGS", join(folder, "none"));
  [output, started] = ["", []];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => {
      output += String(text);
      return true;
    });
  // The engine of these tests was opened with the first one's home.
  const context = openContext({ home: folder });
  vi.spyOn(engine().pools, "start").mockImplementation(async (name, request) => {
    const resolved = await resolvePool(context, name, request);
    checkTogether(resolved.spec);
    started.push([name, resolved]);
    return 1;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const start = (...words: string[]) => runProgram(["pool", "start", ...words]);
const config = (fields: object) => {
  writeFileSync(join(folder, "box.json"), JSON.stringify(fields));
  return ["--config", join(folder, "box.json")];
};

/** Makes a pool `ci` known that was started for a box of 256 MiB and three idle VMs. */
async function knowPool(asked = { autoRemove: true }): Promise<void> {
  const persistent = !asked.autoRemove;
  const { config, options } = parseBox({
    config: { image: "alpine", persistent, resources: { memoryMb: 256 }, pool: { minIdle: 3 } },
    options: asked,
  });
  const known = join(folder, "pools", "ci");
  mkdirSync(known, { recursive: true });
  const platform = parsePlatform("linux/arm64");
  await writeDefinition(known, definitionOf({ config, options, vmm: "qemu", platform }));
}

it.each<[line: string, file: object, name: string]>([
  ["--image alpine", {}, "default"],
  ["ci --image alpine", {}, "ci"],
  ["", { image: "alpine", pool: { enabled: true, name: "filed" } }, "filed"],
  ["--image alpine", { pool: { name: "filed" } }, "filed"],
  ["ci", { image: "alpine", pool: { name: "filed" } }, "ci"],
])("takes the name of the pool from the argument, else from the file: %j %j", async (line, file, name) => {
  expect(await start(...line.split(" ").filter((word) => word !== ""), ...config(file))).toBe(0);
  expect(started).toMatchObject([[name, { spec: { image: "alpine" } }]]);
  expect(output).toBe(`${name}\n`);
});

it("starts a known pool again as it was, except for the flags that are given", async () => {
  await knowPool();
  await start("ci");
  await start("ci", "-m", "128m", ...config({ pool: { minIdle: 2 } }), "--platform", "linux/amd64");
  const kept = { image: "alpine", persistent: false, record: { autoRemove: true } };
  const [arm, amd] = [parsePlatform("linux/arm64"), parsePlatform("linux/amd64")];
  expect(started).toMatchObject([
    [
      "ci",
      {
        ...{ vmm: "qemu", platform: arm },
        spec: { ...kept, resources: { memoryMb: 256 }, pool: { minIdle: 3 } },
      },
    ],
    [
      "ci",
      {
        ...{ vmm: "qemu", platform: amd },
        spec: { ...kept, resources: { memoryMb: 128 }, pool: { minIdle: 2 } },
      },
    ],
  ]);
});

it("makes a known pool one for boxes with --rm, whose files are not kept", async () => {
  await knowPool({ autoRemove: false });
  expect(await start("ci", "--rm")).toBe(0);
  expect(started).toMatchObject([["ci", { spec: { persistent: false, record: { autoRemove: true } } }]]);
});

it("makes a known pool with --rm one for all boxes, whose files can be kept", async () => {
  await knowPool();
  expect(await start("ci", "--rm=false")).toBe(0);
  expect(started).toMatchObject([["ci", { spec: { persistent: true, record: { autoRemove: false } } }]]);
});

it("starts a new pool if an image is given, whatever is known", async () => {
  await knowPool();
  await start("ci", "--image", "debian");
  expect(started).toMatchObject([["ci", { spec: { image: "debian", resources: { memoryMb: 1024 } } }]]);
});

it.each([
  [[], "default", "pool start"],
  [["--rm"], "default", "pool start"],
  [["ci"], "ci", "pool start ci"],
])("a pool that is not known needs an image: %j", async (words, name, command) => {
  expect(await start(...words)).toBe(125);
  expect(output).toBe(
    `box: no image specified for pool ${name}, which does not exist yet\n` +
      `hint: write \`box ${command} --image IMAGE\`\n`,
  );
});

it("names the other pools, of which one may have been meant", async () => {
  await knowPool();
  await start("cii");
  expect(output).toContain("hint: write `box pool start cii --image IMAGE`; the pools are ci\n");
});

it.each([
  ["", "invalid reference format"],
  ["UPPER", "invalid reference format: repository name (library/UPPER) must be lowercase"],
])("refuses an image that is not a reference, even if the pool is known: %j", async (image, reason) => {
  await knowPool();
  expect(await start("ci", "--image", image)).toBe(125);
  expect(output).toContain(`box: --image: ${reason}\n`);
  expect(started).toEqual([]);
});

it("an image in a directory is found from any working directory", async () => {
  expect(await start("--image", "oci:./layout")).toBe(0);
  expect(started).toMatchObject([["default", { spec: { image: `oci:${process.cwd()}/layout` } }]]);
});

it("names the flags that contradict each other", async () => {
  expect(await start("--image", "alpine", "--rm", "--persistent")).toBe(125);
  expect(output).toBe("box: --persistent: conflicts with --rm, which removes the box when it exits\n");
});

it("names the flags in which a running pool differs", async () => {
  vi.spyOn(engine().pools, "start").mockRejectedValue(
    new BoxError("pool-running", "pool ci is already running: `pool.minIdle` is 1, not 2", {
      ...{ hint: "stop it first", detail: { pool: "ci" } },
    }),
  );
  expect(await start("ci", "--min-idle", "2")).toBe(1);
  expect(output).toBe(
    "box: pool ci is already running: --min-idle is 1, not 2\n" +
      "hint: stop it first to change it: `box pool stop ci`\n",
  );
});

it.each(["start", "stop", "status"])("refuses what is not a name: %s", async (verb) => {
  for (const name of ["", "a/b", "a".repeat(300)]) {
    output = "";
    expect(await runProgram(["pool", verb, name])).toBe(125);
    expect(output).toMatch(/^box: ".{0,80}…?" is not the name of a pool\nhint: use up to 48 letters/);
  }
});

it.each([
  [true, "warning: pool ci has no VM for this box, which boots one of its own: no VM is idle\n"],
  [false, ""],
])("`box run` says why it found no VM on a terminal only: %s", async (isTTY, said) => {
  vi.stubEnv("NO_COLOR", "1");
  const before = process.stderr.isTTY;
  process.stderr.isTTY = isTTY;
  vi.spyOn(engine().boxes, "run").mockImplementation((_, options) => {
    options?.onMiss?.("no VM is idle");
    return Promise.reject(new BoxError("interrupted", "interrupted"));
  });
  try {
    await runProgram(["run", "-d", "--pool=ci", "alpine"]);
  } finally {
    process.stderr.isTTY = before;
  }
  expect(output).toBe(`${said}box: interrupted\n`);
});

it("a file whose boxes use a pool serves `box create`, but --pool does not", async () => {
  const created = vi.spyOn(engine().boxes, "create").mockResolvedValue({ id: "a1", name: "web" });
  expect(await runProgram(["create", ...config({ image: "alpine", pool: { enabled: true } })])).toBe(0);
  expect(created).toHaveBeenCalledOnce();
  expect(await runProgram(["create", "--pool", "alpine"])).toBe(125);
  expect(output).toContain("box: --pool: only `box run` uses the VM of a pool\n");
});
