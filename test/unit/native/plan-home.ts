import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { takeAskedPlan, type AskedPlan } from "../../../src/engine/plan/asked.js";
import { encodePlan, type Plan } from "../../../src/engine/plan/format.js";
import { contentOf } from "../../../src/engine/plan/witnesses.js";

const CLIENT = join(import.meta.dirname, "..", "..", "..", "dist", "box");
/** Stands for Node: prints what it is asked. */
const NODE = `console.log(JSON.stringify({ words: process.argv.slice(2), plan: process.env.BOX_PLAN ?? null }));`;

/** A launch request with holes. */
export const REQUEST = '{"op":"launch","folder":"\u0001S","record":\u0001R}';

/** A command that the client leaves to Node. */
export interface Asked {
  words: string[];
  plan: string | null;
}

/** A home with plans, and an installation of the client whose Node prints what it is asked. */
export type PlanHome = Awaited<ReturnType<typeof openPlanHome>>;

export async function openPlanHome() {
  const folder = await mkdtemp(join(tmpdir(), "box-plans-"));
  const home = join(folder, "home");
  const inHome = (...names: string[]) => join(home, ...names);
  for (const name of ["", "plans", "boxes", "names", "holds", "locks", "run"])
    await mkdir(inHome(name), { mode: 0o700 });
  await copyFile(CLIENT, join(folder, "box"));
  await writeFile(join(folder, "box.js"), NODE);
  await writeFile(inHome("layer"), "data");
  await truncate(inHome("layer"), 1 << 20);
  await writeFile(inHome("image.json"), "{}");

  async function box(...args: string[]) {
    const child = spawn(join(folder, "box"), ["run", ...args], {
      env: { PATH: process.env["PATH"], HOME: folder, BOX_HOME: home, NODE_OPTIONS: "--no-warnings" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    const [code] = (await once(child, "close")) as [number];
    return { code, stdout, stderr };
  }

  /** The plan that the client asks Node for. */
  async function asked(...args: string[]): Promise<AskedPlan | undefined> {
    const { plan } = JSON.parse((await box(...args)).stdout) as Asked;
    return takeAskedPlan(plan === null ? {} : { BOX_PLAN: plan });
  }

  /** Writes a plan for a command line, as Node does after it has run it. */
  async function plan(args: string[], more: Pick<Plan, "starts"> & Partial<Plan>): Promise<void> {
    const { digest = "", key = "" } = (await asked(...args)) ?? {};
    const bytes = encodePlan({
      ...{ key, home, runtime: inHome("run"), qualities: "calm", things: "heron" },
      record:
        '{"id":"\u0001I","name":"\u0001N","argv":[\u0001C],"env":["A=\u0001V0"],"by":"\u0001P","at":"\u0001T"}',
      event: '{"id":"\u0001I"}\n',
      used: [inHome("image.json")],
      removal: inHome("locks", "removal"),
      leases: [inHome("holds", "aa"), inHome("holds", "bb")],
      witnesses: [await contentOf("/proc/sys/kernel/random/boot_id")],
      ...more,
    });
    await writeFile(inHome("plans", digest), bytes ?? "", { mode: 0o600 });
  }

  /** Expects that Node is asked to run the command, and that nothing is left of an attempt. */
  async function expectNode(...args: string[]): Promise<void> {
    const { stdout } = await box(...args);
    expect(JSON.parse(stdout)).toMatchObject({ words: ["run", ...args] });
    expect(await readdir(inHome("boxes"))).toEqual([]);
    expect(await readdir(inHome("holds"))).toEqual([]);
  }

  return { folder, home, inHome, box, asked, plan, expectNode, close: () => rm(folder, { recursive: true }) };
}
