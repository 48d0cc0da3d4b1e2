// The demo: builds nginx's image from Debian packages, pushes it to a registry on loopback, runs it in a microVM with
// box and fetches its page.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import chalk from "chalk";
import { buildImages } from "../test/images/build.js";
import { freePort, push, startRegistry } from "../test/registry/registry.js";

const ROOT = join(import.meta.dirname, "..");
const BOX = join(ROOT, "dist", "box");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => stop.abort(new Error(`interrupted by ${signal}`)));

/** Run at the end, in reverse order. */
const cleanups = /** @type {(() => unknown)[]} */ ([]);

/** @param {string} text */
const step = (text) => console.log(`\n${chalk.bold(text)}`);

/** @param {string} text */
const show = (text) => console.log(text.trimEnd().replace(/^/gm, "    "));

/**
 * @param {string[]} args
 * @param {{ env: NodeJS.ProcessEnv, signal?: AbortSignal, quiet?: boolean }} options
 * @returns {Promise<string>} what box wrote
 */
async function box(args, { env, signal, quiet = false }) {
  if (!quiet) show(chalk.cyan(`$ box ${args.join(" ")}`));
  try {
    const { stdout, stderr } = await promisify(execFile)(BOX, args, { env, signal });
    return stdout + stderr;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const { stderr = "", message } = /** @type {import("node:child_process").ExecFileException} */ (error);
    throw new Error(`box ${args[0]} failed: ${stderr.trim() || message}`, { cause: error });
  }
}

/**
 * @param {string} url
 * @param {() => Promise<void>} check throws if the server can no longer answer
 */
async function fetchPage(url, check) {
  for (;;) {
    stop.signal.throwIfAborted();
    try {
      return await (await fetch(url, { signal: stop.signal })).text();
    } catch {
      await check();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function demo() {
  if (!existsSync(BOX)) throw new Error("dist/box is not there: run `npm run demo`, which builds it");
  await mkdir(join(ROOT, "build"), { recursive: true });
  const home = await mkdtemp(join(ROOT, "build", "demo-"));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  const env = { ...process.env, BOX_HOME: home };
  const options = { env, signal: stop.signal };

  step("1. A real image: nginx, built from Debian's packages");
  const { nginx } = await buildImages(["nginx"]);
  show(nginx ?? "");

  step("2. A real registry on loopback, with that image in it");
  const registry = await startRegistry({ onDisk: true });
  cleanups.push(() => registry.stop());
  const image = `${registry.host}/demo/nginx`;
  push(nginx ?? "", `${image}:latest`);
  show(image);

  const { Box } = /** @type {{ Box: { driver?: string } }} */ (
    JSON.parse(await box(["info", "--format", "json"], { ...options, quiet: true }))
  );
  step(`3. nginx in a microVM of its own (driver: ${Box.driver ?? "none"})`);
  if (Box.driver === "qemu")
    show(chalk.dim("no usable KVM here: the processor is emulated; `box info` tells why"));
  const port = await freePort();
  const started = Date.now();
  // Always remove the box before its directory.
  cleanups.push(() => box(["rm", "-f", "demo"], { env, quiet: true }));
  const id = await box(["run", "-d", "-q", "--name", "demo", "-p", `127.0.0.1:${port}:80`, image], options);
  show(id);

  step("4. Its page, through the published port");
  const url = `http://127.0.0.1:${port}/`;
  show(chalk.cyan(`$ curl ${url}`));
  const page = await fetchPage(url, async () => {
    const running = await box(["ps", "-q"], { ...options, quiet: true });
    if (running.trim() === "")
      throw new Error(`nginx ended: ${await box(["logs", "demo"], { env, quiet: true })}`);
  });
  show(page.split("\n").slice(0, 12).join("\n"));
  show(chalk.dim(`… pulled, booted and answered within ${((Date.now() - started) / 1000).toFixed(1)} s`));

  step("5. The box in `box ps`, and its log");
  show(await box(["ps"], options));
  show(await box(["logs", "demo"], options));

  step("6. The end");
  show(await box(["stop", "demo"], options));
  show(await box(["rm", "demo"], options));
  cleanups.splice(-1);
}

/** @type {unknown} */
let failure;
try {
  await demo();
} catch (error) {
  failure = stop.signal.aborted ? stop.signal.reason : error;
}
for (const undo of cleanups.reverse()) {
  try {
    await undo();
  } catch (error) {
    // It fails if the box was never created.
    if (failure === undefined) failure = error;
  }
}
if (failure !== undefined) {
  console.error(`\ndemo: ${/** @type {Error} */ (failure).message}`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
} else {
  console.log(`
${chalk.green("It works.")} Try next, with internet access:

    ln -s ${BOX} ~/.local/bin/box
    box run nginx:alpine -p 8080:80

and \`npm test\` runs every test. README.md tells the rest.`);
}
