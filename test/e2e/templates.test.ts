import { execFileSync } from "node:child_process";
import {
  cp,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isAtLeast } from "../../src/host/version.js";
import { box, DRIVER, FULL, ROOT, run, start } from "./box.js";
import { BUSYBOX } from "./images.js";
import { awaitTemplate, fillHome, homeIn, templatesIn } from "./own-home.js";
import { awaitGone, awaitNoneNaming, kill, processesNaming } from "./processes.js";

let folder: string;
let env: NodeJS.ProcessEnv;
let templates: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-templates-"));
  env = homeIn(folder);
  templates = join(folder, "home", "templates");
  await fillHome(join(folder, "home"));
  await mkdir(templates, { mode: 0o700 });
});
afterAll(async () => {
  await awaitNoneNaming(folder);
  await rm(folder, { recursive: true });
});

const made = () => templatesIn(templates)[0];
const awaitMade = (...others: string[]) => awaitTemplate(templates, others);

async function lastStart(): Promise<string> {
  const text = await readFile(join(templates, "last-start.json"), "utf8");
  return (JSON.parse(text) as { booted?: string }).booted ?? "continued";
}

const hello = (...flags: string[]) => run(["--rm", ...flags, BUSYBOX, "echo", "hello"], { env });

/** Everything that boxes of one template must not have in common, one per line, after the time. */
const OWN =
  "date +%s; head -c 1024 /dev/urandom | sha256sum; cat /proc/sys/kernel/random/uuid " +
  "/proc/sys/kernel/random/boot_id /sys/class/net/eth0/address; hostname";

/** How many boxes are compared; more in the second tier of tests. */
const COMPARED = FULL ? 8 : 3;

/** Runs boxes from one template at once, and checks that their random numbers and identities differ. */
async function compareBoxes(program?: string): Promise<void> {
  const boxes = await Promise.all(
    Array.from({ length: COMPARED }, () =>
      run(["--rm", BUSYBOX, "sh", "-c", OWN], { env, ...(program === undefined ? {} : { program }) }),
    ),
  );
  expect(await lastStart()).toBe("continued");
  const lines = boxes.map(({ stdout }) => stdout.trim().split("\n"));
  for (const [time] of lines) expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(300);
  const own = lines.map(([, ...rest]) => rest);
  for (const each of own) expect(each).toHaveLength(5);
  expect(new Set(own.flat()).size).toBe(COMPARED * 5);
}

/** Makes a copy of box whose VMs have no random number generator in their processors. Returns its program. */
async function withoutRandomInstructions(): Promise<string> {
  const dist = join(folder, "package", "dist");
  await cp(join(ROOT, "dist"), dist, { recursive: true });
  await symlink(join(ROOT, "runtime-files"), join(folder, "package", "runtime-files"));
  for (const name of await readdir(join(dist, "code"))) {
    const path = join(dist, "code", name);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("max,svm=off", "$&,rdrand=off,rdseed=off"));
  }
  return join(dist, "box");
}

describe.skipIf(DRIVER === "krun")("boxes from one template", () => {
  it("share neither random numbers nor identities, and know the time", async () => {
    expect((await hello()).stdout).toBe("hello\n");
    expect(await lastStart()).toContain("there was no template");
    await awaitMade();
    await compareBoxes();
  });

  it("share no random numbers on a processor without instructions for them either", async () => {
    const program = await withoutRandomInstructions();
    const others = templatesIn(templates);
    const flags = await run(["--rm", BUSYBOX, "grep", "-cE", "rdrand|rdseed", "/proc/cpuinfo"], {
      env,
      program,
    });
    expect(flags.stdout).toBe("0\n");
    const template = await awaitMade(...others);
    // Other tests expect a single template.
    onTestFinished(() => rm(template, { recursive: true }));
    await compareBoxes(program);
  });

  it("share neither if their VMs come from a pool", async () => {
    const pool = ["--vmm", DRIVER, "--cpus", "1", "--image", BUSYBOX, "--rm", "--min-idle", "2"];
    const started = await box(["pool", "start", ...pool], { env });
    try {
      expect([started.code, await lastStart()]).toEqual([0, "continued"]);
      const flags = ["--rm", "--pool", BUSYBOX];
      const boxes = await Promise.all([1, 2].map(() => run([...flags, "sh", "-c", OWN], { env })));
      const own = boxes.flatMap(({ stdout }) => stdout.trim().split("\n").slice(1));
      expect(new Set(own).size).toBe(2 * 5);
      const { stdout } = await box(["pool", "status", "--format", "{{.Hits}} {{.Misses}}"], { env });
      expect(stdout).toBe("2 0\n");
    } finally {
      await box(["pool", "stop"], { env });
    }
  });

  it("have only the loopback interface without a network", async () => {
    const { stdout } = await run(["--rm", "--network", "none", BUSYBOX, "ls", "/sys/class/net"], { env });
    expect(stdout).toBe("lo\n");
    expect(await lastStart()).toBe("continued");
  });

  it("learn from the first one which memory a start writes to, and do without if they cannot read it", async () => {
    const touched = join(templates, made() ?? "", "touched");
    const lines = (await readFile(touched, "utf8")).trimEnd().split("\n");
    const pages = lines.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
    expect(pages).toBeGreaterThan(500);
    onTestFinished(() => rm(touched));
    await writeFile(touched, "all of them\n");
    expect((await hello()).stdout).toBe("hello\n");
    expect([await lastStart(), await readFile(touched, "utf8")]).toEqual(["continued", "all of them\n"]);
  });

  it("boot if templates are turned off", async () => {
    const { stdout } = await run(["--rm", BUSYBOX, "echo", "hello"], {
      env: { ...env, BOX_TEMPLATES: "off" },
    });
    expect([stdout, await lastStart()]).toEqual(["hello\n", "templates are turned off by BOX_TEMPLATES"]);
  });
});

/** Fills part of a file with something else. */
async function damage(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.write(Buffer.alloc(64 * 2 ** 20, 0xa5), 0, undefined, 0);
  } finally {
    await file.close();
  }
}

describe.skipIf(DRIVER === "krun")("a damaged template", () => {
  it.each<[string, (template: string) => Promise<void>]>([
    [
      "state is cut off",
      async (template) => {
        const state = join(template, "state");
        await truncate(state, Math.floor((await stat(state)).size / 2));
      },
    ],
    ["memory is garbage", (template) => damage(join(template, "memory"))],
  ])("whose %s is replaced, and the box starts", async (_what, spoil) => {
    const template = await awaitMade();
    expect((await hello()).stdout).toBe("hello\n");
    await spoil(template);
    const { code, stdout, stderr } = await hello();
    expect([code, stdout, stderr]).toEqual([0, "hello\n", ""]);
    expect(await lastStart()).toBe("the template did not work");
    await awaitMade();
    expect((await hello()).stdout).toBe("hello\n");
    expect(await lastStart()).toBe("continued");
  });
});

describe.skipIf(DRIVER === "krun")("killed at any moment", () => {
  it("the making of a template leaves none, and set-up makes it for the next box", async () => {
    for (const name of templatesIn(templates)) await rm(join(templates, name), { recursive: true });
    await hello();
    let freezers: number[] = [];
    while (freezers.length === 0) {
      const found = [...(await processesNaming(templates))].filter(([, line]) => line.includes(" freeze "));
      freezers = found.map(([pid]) => pid);
    }
    for (const pid of freezers) kill(pid);
    await Promise.all(freezers.map(awaitGone));
    expect(made()).toBeUndefined();
    // The default size, which the other tests do not use.
    expect((await box(["setup"], { env })).code).toBe(0);
    await awaitMade();
    expect((await box(["run", "--rm", "--vmm", DRIVER, BUSYBOX, "echo", "hello"], { env })).stdout).toBe(
      "hello\n",
    );
    expect(await lastStart()).toBe("continued");
  });

  it("a box that continues a template leaves nothing but the template", async () => {
    const { ino } = await stat(await awaitMade());
    let killed = 0;
    // A short start may be over before it is found.
    while (killed === 0) {
      const child = start(["run", "--rm", "--vmm", DRIVER, BUSYBOX, "true"], { env });
      const ended = new Promise((resolve) => child.once("close", resolve));
      while (killed === 0 && child.exitCode === null) {
        for (const [pid, line] of await processesNaming(templates))
          if (line.includes(" --thaw ") && kill(pid)) killed++;
      }
      await ended;
    }
    await awaitNoneNaming(templates);
    expect((await stat(await awaitMade())).ino).toBe(ino);
    expect((await box(["ps", "-aq"], { env })).stdout).toBe("");
  });
});

/** Whether QEMU continues VMs that have the device of volumes. */
const continuesVolumes = () => {
  const text = execFileSync("qemu-system-x86_64", ["--version"], { encoding: "utf8" });
  return isAtLeast(/\d+(\.\d+)+/.exec(text)?.[0] ?? "0", "10.0");
};

describe.skipIf(DRIVER === "krun" || !continuesVolumes())("a box with volumes", () => {
  it("continues a template of its own, and both sides read and write its files", async () => {
    const shared = join(folder, "shared");
    const input = join(folder, "input");
    await mkdir(shared);
    await writeFile(input, "input\n");
    const known = templatesIn(templates);
    const volumes = ["-v", `${shared}:/shared`, "-v", `${input}:/input:ro`];
    const write = async (name: string) => {
      const script = `cat /input; echo ${name} >/shared/${name}; cat /shared/*`;
      return (await run(["--rm", ...volumes, BUSYBOX, "sh", "-c", script], { env })).stdout;
    };
    expect(await write("one")).toBe("input\none\n");
    expect(await lastStart()).toContain("there was no template");
    await awaitMade(...known);
    expect(await write("two")).toBe("input\none\ntwo\n");
    expect(await lastStart()).toBe("continued");
    expect(await readFile(join(shared, "two"), "utf8")).toBe("two\n");
  });
});
