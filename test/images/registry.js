// A real registry on loopback, filled with images from OCI layouts.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { BUILD } from "./folders.js";

/** @returns {Promise<number>} a port of loopback, free at this moment */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** @param {string} host */
async function answers(host) {
  try {
    const { headers } = await fetch(`http://${host}/v2/`);
    return headers.get("docker-distribution-api-version") === "registry/2.0";
  } catch {
    return false;
  }
}

/**
 * Starts Debian's docker-registry on a free port of loopback with nothing in it.
 * @returns {Promise<{ host: string, stop(): Promise<void> }>} host is what references begin with
 */
export async function startRegistry() {
  const host = `127.0.0.1:${await freePort()}`;
  await mkdir(BUILD, { recursive: true });
  const folder = await mkdtemp(join(BUILD, "registry-"));
  const configuration = {
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: { addr: host },
  };
  // JSON is YAML.
  await writeFile(join(folder, "config.yml"), JSON.stringify(configuration));
  const child = spawn("docker-registry", ["serve", join(folder, "config.yml")], { stdio: "ignore" });
  const ended = new Promise((resolve) => {
    child.once("error", resolve);
    child.once("exit", (code) => resolve(new Error(`it ended with ${code}`)));
  });
  const stop = async () => {
    if (child.pid !== undefined) child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (;;) {
    if (await answers(host)) return { host, stop };
    const failure = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 50))]);
    if (failure === undefined) continue;
    await stop();
    throw new Error(`docker-registry does not start on ${host}: ${failure.message}`);
  }
}

/**
 * @param {string} layout
 * @param {string} reference on a registry of this machine
 */
export function push(layout, reference) {
  const args = [
    "copy",
    "--quiet",
    "--dest-tls-verify=false",
    `oci:${layout}:latest`,
    `docker://${reference}`,
  ];
  execFileSync("skopeo", ["--insecure-policy", ...args], { stdio: ["ignore", "ignore", "inherit"] });
}
