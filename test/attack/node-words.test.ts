import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callerEnvironment, withholdEnvironment } from "../../src/host/caller-environment.js";
import { makeCertificates } from "../registry/certificates.js";
import { startRegistry } from "../registry/registry.js";

const DIST = join(import.meta.dirname, "..", "..", "dist");
const BOX = join(DIST, "box");

let folder: string;
/** A module that leaves a file behind when it is loaded. */
let module: string;
let loaded: string;
const cleanups: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-words-"));
  [module, loaded] = [join(folder, "module.js"), join(folder, "loaded")];
  await writeFile(module, `require("node:fs").writeFileSync(${JSON.stringify(loaded)}, "");`);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await rm(folder, { recursive: true });
});

async function run(program: string, args: string[], variables: NodeJS.ProcessEnv = {}) {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    BOX_HOME: join(folder, "home"),
    BOX_RUNTIME: join(folder, "run"),
    BOX_SETTINGS: join(folder, "settings.yaml"),
    ...variables,
  };
  const child = spawn(program, args, { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** Parses a command line into a box's configuration. */
async function configure(args: string[], variables?: NodeJS.ProcessEnv) {
  const { code, stdout, stderr } = await run(BOX, ["run", "--dry-run", ...args], variables);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as { extraEnv: [string, string][]; cmd: string[] };
}

describe("words with a meaning for Node", () => {
  it("an env file applies to the box only: its NODE_OPTIONS load nothing on the host", async () => {
    await writeFile(join(folder, "app.env"), `NODE_OPTIONS=--require ${module}\nA=b\n`);
    const { extraEnv } = await configure(["--env-file", "app.env", "busybox"]);
    expect(extraEnv).toEqual([
      ["NODE_OPTIONS", `--require ${module}`],
      ["A", "b"],
    ]);
    expect((await configure(["--env-file=app.env", "busybox"])).extraEnv).toEqual(extraEnv);
    expect(existsSync(loaded)).toBe(false);
  });

  it.each(["--env-file .env", "--env-file=.env", "--env-file-if-exists=.env", "-- --env-file=x"])(
    "arguments of the box's program are passed to it: %s",
    async (text) => {
      const words = text.split(" ");
      expect((await configure(["busybox", "app", ...words])).cmd).toEqual(["app", ...words]);
    },
  );

  it("an env file may be a pipe", async () => {
    const script = `exec ${BOX} run --dry-run --env-file <(echo A=b) busybox`;
    const { stdout } = await run("bash", ["-c", script]);
    expect((JSON.parse(stdout) as { extraEnv: unknown }).extraEnv).toEqual([["A", "b"]]);
  });

  it("box.js keeps its arguments from Node when it is run directly", async () => {
    await writeFile(join(folder, "app.env"), `NODE_OPTIONS=--require ${module}\n`);
    const { code } = await run(join(DIST, "box.js"), [
      "run",
      "--dry-run",
      "--env-file",
      "app.env",
      "busybox",
    ]);
    expect(code).toBe(0);
    expect(existsSync(loaded)).toBe(false);
  });
});

/** Each of these would change what Node loads, trusts or does. */
const HOSTILE = (name: string): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--require ${name}`,
  NODE_PATH: "/nonexistent",
  NODE_DEBUG: "module",
  NODE_V8_COVERAGE: `${name}.coverage`,
  NODE_EXTRA_CA_CERTS: "/nonexistent.pem",
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  NODE_REDIRECT_WARNINGS: `${name}.warnings`,
  OPENSSL_CONF: "/nonexistent.cnf",
  SSL_CERT_FILE: "/nonexistent.pem",
  UV_THREADPOOL_SIZE: "1",
  ICU_DATA: "/nonexistent",
});

describe("the caller's variables for Node", () => {
  it("have no effect on box itself", async () => {
    const { code, stdout, stderr } = await run(BOX, ["--version"], HOSTILE(module));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^box version/);
    expect([loaded, `${module}.coverage`, `${module}.warnings`].filter(existsSync)).toEqual([]);
  });

  it("are passed on by -e and by env files", async () => {
    const variables = HOSTILE(module);
    await writeFile(join(folder, "names.env"), `${Object.keys(variables).join("\n")}\n`);
    const all = Object.entries(variables);
    const flags = all.flatMap(([name]) => ["-e", name]);
    expect((await configure([...flags, "busybox"], variables)).extraEnv).toEqual(all);
    expect((await configure(["--env-file", "names.env", "busybox"], variables)).extraEnv).toEqual(all);
    expect(existsSync(loaded)).toBe(false);
  });

  it("are restored for credential helpers", async () => {
    const helper = join(folder, "bin", "docker-credential-told");
    await mkdir(join(folder, "bin"));
    await writeFile(helper, `#!/bin/sh\nenv > ${folder}/told\ncat > /dev/null\n`);
    await chmod(helper, 0o755);
    await mkdir(join(folder, ".docker"));
    await writeFile(join(folder, ".docker", "config.json"), '{"credsStore":"told"}');
    const variables = { ...HOSTILE(module), PATH: `${folder}/bin:${process.env["PATH"] ?? ""}` };
    await run(BOX, ["logout", "registry.test"], variables);
    const told = (await readFile(join(folder, "told"), "utf8")).split("\n");
    expect(told).toEqual(expect.arrayContaining(Object.entries(variables).map(([k, v]) => `${k}=${v}`)));
    expect(told.filter((line) => line.startsWith("BOX_CALLER_"))).toEqual([]);
  });

  it("NODE_EXTRA_CA_CERTS adds a certificate authority for registries", { tags: "registry" }, async () => {
    const { ca, server } = await makeCertificates(folder);
    const registry = await startRegistry({ tls: server });
    cleanups.push(registry.stop);
    await writeFile(join(folder, "settings.yaml"), `registries:\n  ${registry.host}:\n    insecure: false\n`);
    const pull = (variables: NodeJS.ProcessEnv) => run(BOX, ["pull", `${registry.host}/team/app`], variables);
    expect((await pull({})).stderr).toContain("certificate");
    expect((await pull({ NODE_EXTRA_CA_CERTS: ca })).stderr).toContain("not found");
    expect((await pull({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })).stderr).toContain("certificate");
    // With a proxy, a different HTTP client is used.
    const proxied = await pull({ NODE_EXTRA_CA_CERTS: ca, HTTPS_PROXY: "http://127.0.0.1:9" });
    expect(proxied.stderr).toContain("not found");
  });
});

describe("the native client and box.js", () => {
  it("withhold the same variables, and restore the original ones", async () => {
    const bin = join(folder, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "node"), "#!/bin/sh\nexec env -0\n");
    await chmod(join(bin, "node"), 0o755);
    const variables = {
      ...HOSTILE(module),
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      BOX_CALLER_NODE_OPTIONS: "the caller's own",
      NODE: "/usr/bin/node",
      CTLOG_FILE: "a\nb",
      CTLOG_FILES: "another",
      NIX_SSL_CERT_FILE: "",
      WATCH_REPORT_DEPENDENCIES: "1",
      LD_LIBRARY_PATH: "/nonexistent",
    };
    const { stdout } = await run(BOX, ["ps"], variables);
    const given = Object.fromEntries(
      stdout
        .split("\0")
        .filter((entry) => entry.includes("="))
        .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
    );
    const own: NodeJS.ProcessEnv = { ...variables };
    withholdEnvironment(own);
    expect(given).toMatchObject(own);
    for (const name of Object.keys(HOSTILE(""))) expect(given).not.toHaveProperty(name);
    expect(callerEnvironment(given)).toMatchObject(variables);
  });
});
