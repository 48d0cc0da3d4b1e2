// box's side: a home that contains only the images before each case.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startRegistries } from "./registry.js";
import { BUILD, COMMAND_CLIENT } from "./recorder.js";
import { runShared } from "./run.js";

const BOX = join(import.meta.dirname, "..", "..", "dist", "box");
const FOLDER = join(BUILD, "box");
/**
 * The home of all cases. Its path never changes, because the store contains it; its contents are copied from a master.
 */
const HOME = join(FOLDER, "home");
const PRISTINE = join(FOLDER, "pristine");

const { version: VERSION } = /** @type {{ version: string }} */ (
  JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8"))
);

/** @param {string} folder */
const namesIn = (folder) =>
  (existsSync(join(HOME, folder)) ? readdirSync(join(HOME, folder)) : []).filter(
    (name) => !name.startsWith("."),
  );

/**
 * As root, gives box a network namespace of its own, as the engine has: free ports, and names on the network are refused at
 * once instead of looked up.
 * @returns {Promise<{ prefix: string[], leave: () => void }>} `prefix` of command lines that run in it
 */
async function enterNetwork() {
  if (process.getuid?.() !== 0) return { prefix: [], leave: () => {} };
  const script = "ip link set lo up && echo && exec cat";
  const child = spawn("unshare", ["--net", "sh", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  // It ends with this process at the latest.
  child.unref();
  child.stdout.destroy();
  /** @type {import("node:net").Socket} */ (child.stdin).unref();
  return {
    prefix: ["nsenter", `--net=/proc/${child.pid}/ns/net`],
    leave: () => child.stdin.end(),
  };
}

/**
 * Areas whose commands are always started as users do: their boxes run, and have streams and signals. In all areas, so are
 * commands that stay connected to a running box (client.c).
 */
const STARTED = ["life", "run"];

/**
 * Starts the process that runs commands (commands.js).
 * @param {string[]} prefix
 */
async function startCommands(prefix) {
  const socket = join(FOLDER, "commands.sock");
  const command = [...prefix, process.execPath, join(import.meta.dirname, "commands.js"), socket];
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error("commands.js does not start"))),
  ]);
  return { env: { DIFF_COMMANDS: socket, DIFF_BOX: BOX }, end: () => child.stdin.end() };
}

/**
 * @param {string} archive of the images
 * @param {object} settings
 * @param {boolean} settings.registries whether cases need them
 * @param {boolean} settings.inProcess whether box's commands run in one process
 * @returns {Promise<import("./run.js").Side>}
 */
export async function startBox(archive, { registries, inProcess }) {
  const runtime = join(FOLDER, "run");
  const { prefix, leave } = await enterNetwork();
  const { env, texts, stop } = registries
    ? await startRegistries(prefix)
    : { env: {}, texts: [], stop: () => {} };
  const boxEnv = { BOX_HOME: HOME, BOX_RUNTIME: runtime, BOX_DOCKER: "1" };
  /** Runs this file's own commands, most of them between cases. */
  let own = { program: BOX, env: {} };
  const box = (/** @type {string[]} */ ...args) =>
    execFileSync(own.program, args, {
      env: { ...process.env, ...boxEnv, ...own.env },
      stdio: ["ignore", "ignore", "pipe"],
    });

  /** Removes the leftovers of an earlier run or the previous area. */
  const empty = () => {
    const boxes = namesIn("boxes");
    if (boxes.length > 0) box("rm", "-f", ...boxes);
    rmSync(HOME, { recursive: true, force: true });
  };
  const restore = () => {
    empty();
    // Unlike Node, it keeps all digits of the times.
    execFileSync("cp", ["-a", PRISTINE, HOME]);
  };
  empty();
  rmSync(PRISTINE, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const commands = inProcess ? await startCommands(prefix) : undefined;
  if (commands) own = { program: COMMAND_CLIENT, env: commands.env };
  box("load", "-q", "-i", archive);
  rmSync(join(HOME, "events.jsonl"), { force: true });
  renameSync(HOME, PRISTINE);

  let shares = false;
  let kept = { boxes: /** @type {string[]} */ ([]), volumes: /** @type {string[]} */ ([]) };

  /** @type {import("./run.js").Side} */
  const side = {
    name: "box",
    program: BOX,
    prefix,
    env: { ...boxEnv, ...env, ...commands?.env },
    texts: [[HOME, "<HOME>"], [VERSION, "<VERSION>"], [runtime, "<HOME>"], ...texts],
    enter: async (area) => {
      restore();
      side.program = commands && !STARTED.includes(area.name) ? COMMAND_CLIENT : BOX;
      shares = area.shared !== "";
      if (shares) await runShared(side, area);
      kept = { boxes: namesIn("boxes"), volumes: namesIn("volumes") };
    },
    reset: async () => {
      if (!shares) {
        restore();
        return;
      }
      const boxes = namesIn("boxes").filter((id) => !kept.boxes.includes(id));
      if (boxes.length > 0) box("rm", "-fv", ...boxes);
      const volumes = namesIn("volumes").filter((name) => !kept.volumes.includes(name));
      if (volumes.length > 0) box("volume", "rm", "-f", ...volumes);
      await Promise.resolve();
    },
    leave: async () => {
      empty();
      await Promise.resolve();
    },
    stop: async () => {
      stop();
      own = { program: BOX, env: {} };
      commands?.end();
      empty();
      leave();
      rmSync(runtime, { recursive: true, force: true });
      await Promise.resolve();
    },
  };
  return side;
}
