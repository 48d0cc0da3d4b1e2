import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

export interface Registry {
  /** `127.0.0.1:PORT`: what image references begin with. */
  host: string;
  folder: string;
  stop: () => Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Whether what answers is a registry: another program may have taken the port meanwhile. */
async function answers(host: string): Promise<boolean> {
  try {
    const response = await fetch(`http://${host}/v2/`);
    return response.headers.get("docker-distribution-api-version") === "registry/2.0";
  } catch {
    return false;
  }
}

async function startOnce(folder: string, port: number): Promise<Registry | undefined> {
  const host = `127.0.0.1:${port}`;
  const configuration = join(folder, `config-${port}.yml`);
  await writeFile(
    configuration,
    `version: 0.1
log: { level: error }
storage:
  filesystem: { rootdirectory: ${join(folder, "data")} }
  delete: { enabled: true }
http: { addr: "${host}" }
`,
  );
  const child = spawn("docker-registry", ["serve", configuration], { stdio: "ignore" });
  const exit = new Promise<"ended">((resolve) => {
    child.once("exit", () => resolve("ended"));
    child.once("error", () => resolve("ended"));
  });
  let ended: unknown;
  while (ended !== "ended") {
    if (await answers(host)) {
      return {
        host,
        folder,
        stop: async () => {
          child.kill("SIGKILL");
          await exit;
          await rm(folder, { recursive: true, force: true });
        },
      };
    }
    ended = await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  return undefined;
}

/**
 * Starts a docker-registry (Debian package `docker-registry`) on a free port of loopback, its data in a new folder.
 * @param parent folder for its data; `build/` of the project unless given
 */
export async function startRegistry(parent = join(process.cwd(), "build", "registries")): Promise<Registry> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "registry-"));
  for (let tries = 0; tries < 5; tries++) {
    const registry = await startOnce(folder, await freePort());
    if (registry) return registry;
  }
  throw new Error("docker-registry does not start: is the package docker-registry installed?");
}
