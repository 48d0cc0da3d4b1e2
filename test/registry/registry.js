// A real registry on loopback: Debian's docker-registry. In JavaScript, so that scripts and benchmarks can load it too.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import "../judges.js";

const FOLDER = join(import.meta.dirname, "..", "..", "build", "registries");

/**
 * @typedef {object} Registry
 * @property {string} host `127.0.0.1:PORT`, the domain of image references
 * @property {string} folder with `onDisk`, of its images
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} RegistryOptions
 * @property {string} [htpasswd] a line in Apache's htpasswd format, with bcrypt: only this user has access
 * @property {string} [redirect] URL of another server to redirect requests for blobs to
 * @property {{ certificate: string, key: string, clientCa?: string }} [tls] PEM files for HTTPS; with
 *   `clientCa`, clients must present a certificate from that authority
 * @property {boolean} [onDisk] keeps images on the disk, and syncs each file. Default: in memory, half the work for small
 *   images, but several times that for layers of megabytes
 */

/** Returns a loopback port on which nothing listens at the moment. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** @param {string} host */
async function listens(host) {
  const [address, port] = host.split(":");
  const socket = connect(Number(port), address);
  const heard = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return heard;
}

/**
 * Whether a registry responds. Another program may have taken the port in the meantime.
 * @param {string} host
 * @param {boolean} tls
 */
async function answers(host, tls) {
  if (tls) return listens(host);
  try {
    const response = await fetch(`http://${host}/v2/`);
    return response.headers.get("docker-distribution-api-version") === "registry/2.0";
  } catch {
    return false;
  }
}

/**
 * @param {string} folder
 * @param {number} port
 * @param {RegistryOptions} options
 * @returns {Promise<Registry | undefined>} undefined when it has exited, for example because the port is taken
 */
async function startOnce(folder, port, { htpasswd, tls, redirect, onDisk = false }) {
  const host = `127.0.0.1:${port}`;
  const configuration = join(folder, `config-${port}.yml`);
  await writeFile(
    configuration,
    `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage:
  ${onDisk ? `filesystem: { rootdirectory: ${join(folder, "data")} }` : "inmemory: {}"}
  delete: { enabled: true }
http:
  addr: "${host}"
${tls ? `  tls: { certificate: ${tls.certificate}, key: ${tls.key}${tls.clientCa ? `, clientcas: [${tls.clientCa}]` : ""} }` : ""}
${redirect === undefined ? "" : `middleware: { storage: [{ name: redirect, options: { baseurl: "${redirect}" } }] }`}
${htpasswd === undefined ? "" : `auth: { htpasswd: { realm: test, path: ${join(folder, "htpasswd")} } }`}
`,
  );
  if (htpasswd !== undefined) await writeFile(join(folder, "htpasswd"), `${htpasswd}\n`);
  const child = spawn("docker-registry", ["serve", configuration], { stdio: "ignore" });
  const exit = new Promise((resolve) => {
    child.once("exit", () => resolve("ended"));
    child.once("error", () => resolve("ended"));
  });
  /** @type {unknown} */
  let ended;
  while (ended !== "ended") {
    if (await answers(host, tls !== undefined)) {
      const stop = async () => {
        child.kill("SIGKILL");
        await exit;
        await rm(folder, { recursive: true, force: true });
      };
      return { host, folder, stop };
    }
    ended = await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  return undefined;
}

/**
 * Starts an empty docker-registry (in build/judges) on a free loopback port.
 * @param {RegistryOptions} [options]
 * @returns {Promise<Registry>}
 */
export async function startRegistry(options = {}) {
  await mkdir(FOLDER, { recursive: true });
  const folder = await mkdtemp(join(FOLDER, "registry-"));
  for (let tries = 0; tries < 5; tries++) {
    const registry = await startOnce(folder, await freePort(), options);
    if (registry) return registry;
  }
  await rm(folder, { recursive: true, force: true });
  throw new Error("docker-registry does not start: `scripts/judges` fetches it");
}

/**
 * Pushes an image from an OCI layout to a registry on this machine.
 * @param {string} layout
 * @param {string} reference
 */
export function push(layout, reference) {
  const copy = ["copy", "--quiet", "--dest-tls-verify=false"];
  execFileSync("skopeo", ["--insecure-policy", ...copy, `oci:${layout}:latest`, `docker://${reference}`], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
