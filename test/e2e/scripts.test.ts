import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startRegistry, type Registry } from "../registry/registry.js";
import { ANN } from "../registry/user.js";
import { box, finish, ROOT, type Result } from "./box.js";
import { imageOf } from "./images.js";
import { homeIn, shareTemplates } from "./own-home.js";
import { IMAGES } from "./scripts/images.js";

const SCRIPTS = join(import.meta.dirname, "scripts");

let folder: string;
let registry: Registry;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-scripts-"));
  const bin = join(folder, "bin");
  await mkdir(bin);
  await symlink(join(ROOT, "dist", "box"), join(bin, "docker"));
  await symlink(process.execPath, join(bin, "node"));
  registry = await startRegistry({ htpasswd: ANN.htpasswd });
  env = {
    PATH: `${bin}:/usr/bin:/bin`,
    HOME: join(folder, "user"),
    BOX_BOOT_LIMIT: process.env["BOX_BOOT_LIMIT"],
    ...homeIn(folder),
    REGISTRY: registry.host,
    REGISTRY_USER: ANN.username,
    REGISTRY_PASSWORD: ANN.password,
  };
  await mkdir(join(folder, "user"));
  shareTemplates(join(folder, "home"));
  const archive = join(folder, "images.tar");
  const names = Object.values(IMAGES).map(imageOf);
  expect(await box(["save", "-o", archive, ...names])).toMatchObject({ code: 0 });
  expect(await docker("load", "-q", "-i", archive)).toMatchObject({ code: 0 });
  await rm(archive);
  for (const [reference, name] of Object.entries(IMAGES)) {
    await docker("tag", imageOf(name), reference);
    await docker("rmi", imageOf(name));
  }
});

afterAll(async () => {
  const { stdout } = await docker("ps", "-aq");
  if (stdout !== "") await docker("rm", "-f", ...stdout.trim().split("\n"));
  await registry.stop();
  await rm(folder, { recursive: true });
});

/** Runs a program as a CI runner does: the environment says only where files are. */
function runIn(cwd: string, program: string, ...args: string[]): Promise<Result> {
  const child = spawn(program, args, { cwd, env, stdio: "pipe" });
  child.stdin.end();
  return finish(child);
}

const docker = (...args: string[]) => runIn(folder, join(folder, "bin", "docker"), ...args);

/** Everything that a job may leave behind. */
async function contents(): Promise<string[]> {
  const digests = ["--digests", "--format", "{{.ID}} {{.Repository}}:{{.Tag}} {{.Digest}}"];
  const lists = await Promise.all(
    [
      ["ps", "-aq"],
      ["volume", "ls", "-q"],
      ["images", "-a", ...digests],
    ].map((words) => box(words, { env })),
  );
  return lists.flatMap(({ stdout }) => stdout.split("\n")).sort();
}

async function passes(name: string): Promise<void> {
  const before = await contents();
  const project = await mkdtemp(join(folder, "project-"));
  const { code, stdout, stderr } = await runIn(project, join(SCRIPTS, name));
  expect({ code, output: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, output: "" });
  expect(await contents()).toEqual(before);
}

/** In the first tier. Docker's recorded answers and other tests cover the commands of the other scripts one by one. */
const ALWAYS = ["web.sh", "worker.sh"];
const scripts = readdirSync(SCRIPTS).filter((name) => name.endsWith(".sh"));
const SENTENCE = "%s, a CI script for Docker, passes unchanged and leaves nothing behind";

it.each(ALWAYS)(SENTENCE, passes);
it.each(scripts.filter((name) => !ALWAYS.includes(name)))(SENTENCE, { tags: "full" }, passes);
