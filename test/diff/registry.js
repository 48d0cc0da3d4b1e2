// The registries that cases push to, pull from and log in to: separate ones for each side, so that neither sees what the
// other has pushed.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import "../judges.js";

/** Name and password for the registry that requires a login (../registry/user.ts). */
const HTPASSWD = "ann:$2y$05$abcdefghijklmnopqrstuucd/GK.usmWaHnE30INoDpdiKnltCdWi\n";

/**
 * @param {string[]} prefix of its command line
 * @param {boolean} open whether it requires no login
 * @returns {Promise<{ host: string, stop: () => void }>}
 */
export async function startRegistry(prefix, open) {
  const folder = mkdtempSync(join(tmpdir(), "box-diff-registry-"));
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "htpasswd"), HTPASSWD);
  const access = open ? "" : `auth: { htpasswd: { realm: test, path: ${folder}/htpasswd } }\n`;
  writeFileSync(
    join(folder, "config.yml"),
    `version: 0.1
log: { level: info, formatter: json, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${folder}/data } }
http: { addr: "127.0.0.1:0" }
${access}`,
  );
  const command = [...prefix, "docker-registry", "serve", join(folder, "config.yml")];
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  child.stdout.resume();
  const stop = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stderr })) {
    const [, host] = /listening on (127\.0\.0\.1:\d+)/.exec(line) ?? [];
    if (host === undefined) continue;
    child.stderr.resume();
    return { host, stop };
  }
  stop();
  throw new Error("docker-registry does not start");
}

/**
 * Starts an open registry and one that requires a login, for one side.
 * @param {string[]} prefix of their command lines
 * @returns {Promise<{ env: Record<string, string>, texts: [string, string][], stop: () => void }>} `env` is for scripts
 */
export async function startRegistries(prefix) {
  const open = await startRegistry(prefix, true);
  const closed = await startRegistry(prefix, false);
  return {
    env: { REGISTRY: open.host, PRIVATE: closed.host },
    texts: [
      [open.host, "<REGISTRY>"],
      [closed.host, "<PRIVATE>"],
    ],
    stop: () => {
      open.stop();
      closed.stop();
    },
  };
}
