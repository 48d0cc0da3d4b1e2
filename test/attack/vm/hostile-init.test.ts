import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  box,
  DRIVER,
  finish,
  home,
  ROOT,
  runDetached,
  testEnvironment,
  type RunOptions,
} from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";
import { buildHostileInit, compile, hostileParts } from "./hostile-parts.js";

// Instead of the agent, hostile-init.c talks to the monitor, in a VM of the driver under test.

/** Memory limit of a monitor in KiB, the same as in test/attack/guest-memory.test.ts. */
const MOST_KIB = 150 * 1024;
const BUILD = join(ROOT, "build", "e2e");

const folder = mkdtempSync(join(tmpdir(), "box-hostile-init-"));
/** The sockets of these boxes are kept apart from those of other tests. */
const own = (): RunOptions => ({ env: { BOX_RUNTIME: join(folder, "run") } });
let honest: string;
const began = new Date().toISOString();

const nameOf = (attack: string) => `hostile-init-${attack}`;

const engineWith = (attack: string) => hostileParts(folder, attack);

beforeAll(async () => {
  // A VMM that runs as a user of its own must be able to find the boot disk in it.
  chmodSync(folder, 0o755);
  mkdirSync(BUILD, { recursive: true });
  buildHostileInit(folder);
  compile("gcc", "outlast", join(BUILD, "outlast"));
  honest = await runDetached(["--name", "hostile-init-honest", BUSYBOX, "sleep", "100000"], own());
});
afterAll(async () => {
  await box(["rm", "-f", honest], own());
  rmSync(folder, { recursive: true, force: true });
});

interface Attacked {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Peak memory of any of box's own processes, in KiB. */
  mostKib: number;
}

/** Runs a box with a hostile guest until all processes that were started for it have exited. */
async function runHostile(attack: string, flags: string[], seconds: string): Promise<Attacked> {
  const report = join(folder, "report");
  const run = [
    "run",
    "--rm",
    "--name",
    nameOf(attack),
    "--vmm",
    DRIVER,
    "--cpus",
    "1",
    ...flags,
    BUSYBOX,
    "true",
  ];
  const child = spawn(join(BUILD, "outlast"), [report, join(ROOT, "dist", "box"), ...run], {
    cwd: ROOT,
    env: {
      ...testEnvironment(),
      ...own().env,
      BOX_RUNTIME_FILES: engineWith(attack),
      // None is made of such a guest.
      BOX_TEMPLATES: "off",
      BOX_BOOT_LIMIT: seconds,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // More than the guest's window allows, for as long as somebody reads it.
  child.stdin.on("error", () => undefined);
  const feed = () => {
    while (child.stdin.writable && child.stdin.write(Buffer.alloc(65_536)));
  };
  if (flags.includes("-i")) {
    child.stdin.on("drain", feed);
    feed();
  } else {
    child.stdin.end();
  }
  const { code, stdout, stderr } = await finish(child);
  const sizes = readFileSync(report, "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => !/^(qemu|box-vmm)/.test(line))
    .map((line) => Number(line.split(" ").at(-1)));
  return { code, stdout, stderr, mostKib: Math.max(...sizes) };
}

const remains = (attack: string) => [
  ...readdirSync(join(folder, "run")),
  ...readdirSync(join(home(), "names")).filter((name) => name === nameOf(attack)),
];

async function eventsOf(name: string): Promise<string[]> {
  const words = ["events", "--since", began, "--until", "0s", "-f", `box=${name}`, "--format", "{{.Action}}"];
  const { code, stdout } = await box(words, own());
  expect(code).toBe(0);
  return stdout.split("\n").filter(Boolean);
}

const broke = (what: string) => `the guest violated the protocol: ${what}`;
/** Boot limit for guests that do send something: effectively none. */
const LONG = "3600";

type Attack = [string, string, { says: string | RegExp; code?: number; flags?: string[]; limit?: string }];

const attacks: Attack[] = [
  [
    "keeps announcing that its workload has started",
    "started",
    { says: broke("STARTED on channel 1, which is running") },
  ],
  [
    "keeps returning window credit of zero bytes",
    "window",
    { says: broke("WINDOW on channel 1, for 0 bytes") },
  ],
  ["sends a frame of 4 GiB", "oversize", { says: broke("a frame of 4294967295 bytes") }],
  ["sends frames of unknown types", "unknown", { says: broke("a frame of unknown type 127") }],
  ["writes more than its window", "stdout", { says: broke("STDOUT on channel 1, exceeding its window") }],
  ["ends its workload twice", "exit", { says: "", code: 7 }],
  [
    "reports an error for a running program",
    "error",
    { says: broke("ERROR on channel 1, which is running") },
  ],
  ["sends random bytes", "random", { says: /^the guest violated the protocol: a frame [\w ]+$/ }],
  ["sends nothing", "silence", { says: /^the virtual machine did not respond within 1 s; /, limit: "1" }],
  [
    "reads nothing",
    "unread",
    {
      says: "warning: stopped: its --timeout of 1 s expired",
      code: 137,
      flags: ["-i", "--timeout", "1s", "--stop-timeout", "0"],
    },
  ],
  [
    "floods its console with imitated messages of box, and exits",
    "console",
    {
      says: /^the virtual machine exited before the box was up; last output (of the VMM and )?on the console:$/,
    },
  ],
];

/** Only the agent's port is specific to krun: few attacks are enough on an emulated machine. */
const ON_KRUN = ["started", "exit", "random"];

async function endsInOrder(
  _: string,
  attack: string,
  { says, code = 125, flags = [], limit = LONG }: Attack[2],
): Promise<void> {
  const before = remains(attack);
  const { mostKib, stderr, ...result } = await runHostile(attack, flags, limit);
  const [said = "", ...more] = stderr.trimEnd().split("\n");
  expect(said.replace(/^box: /, ""), stderr).toEqual(
    typeof says === "string" ? says : expect.stringMatching(says),
  );
  // The remaining lines are marked as lines of the guest and its VMM, or are a hint.
  for (const line of more) expect(line).toMatch(/^( {2}\||hint: )/);
  expect(result.code).toBe(code);
  expect(mostKib).toBeLessThan(MOST_KIB);
  expect(remains(attack)).toEqual(before);
  expect(await box(["exec", honest, "echo", "undisturbed"], own())).toMatchObject({
    code: 0,
    stdout: "undisturbed\n",
    stderr: "",
  });
  const starts = (await eventsOf(nameOf(attack))).filter((action) => /^(start|die)$/.test(action));
  expect(starts.length).toBeLessThanOrEqual(2);
  expect((await eventsOf("hostile-init-honest")).slice(0, 2)).toEqual(["create", "start"]);
}

/** Frames that test/unit/vm/monitor/hostile-guest.test.ts sends to the monitor without a VM. */
const COVERED = ["started", "window", "unknown", "error"];
const tried = attacks.filter(([, attack]) => DRIVER !== "krun" || ON_KRUN.includes(attack));
const SENTENCE =
  "a box whose guest %s ends with an error in one line, leaves nothing behind, and disturbs no other box";

it.each(tried.filter(([, attack]) => !COVERED.includes(attack)))(SENTENCE, endsInOrder);
it.each(tried.filter(([, attack]) => COVERED.includes(attack)))(SENTENCE, { tags: "full" }, endsInOrder);
