import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import type { Socket } from "node:net";
import { BoxError } from "../config/errors.js";
import { boxFiles, controlSocket } from "./box/files.js";
import type { VmSpec } from "./driver.js";
import type { Driver } from "./driver.js";

/** The connection to the monitor that a launch opens; descriptor 3 of the monitor. */
const CONNECTION = 3;

/**
 * Starts the monitor of a box and, beside it, its VMM. Both live on when this process ends.
 * @returns the monitor's end of the conversation: a `connect`ed control stream (see control/client.ts).
 * @throws BoxError launch-failed
 */
export async function launchBox(folder: string, id: string, driver: Driver, spec: VmSpec): Promise<Socket> {
  const { engine } = spec;
  const files = boxFiles(folder);
  const log = await open(files.monitorLog, "a", 0o600);
  try {
    const monitor = [process.execPath, engine.monitor, folder].flatMap((word) => ["--monitor-arg", word]);
    const child = spawn(
      engine.vmmHelper,
      [
        "launch",
        ...["--lock", files.lock, "--socket", controlSocket(id)],
        ...monitor,
        "--",
        ...driver.vmmArguments(spec),
      ],
      { detached: true, cwd: "/", stdio: ["ignore", log.fd, log.fd, "pipe"], env: monitorEnvironment() },
    );
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) =>
        reject(
          new BoxError("launch-failed", `cannot run ${engine.vmmHelper}`, {
            cause: error,
            hint: "run `npm run setup`",
          }),
        ),
      );
    });
    child.unref();
    return child.stdio[CONNECTION] as Socket;
  } finally {
    await log.close();
  }
}

/** Options for this process's Node are not meant for the monitor's. */
function monitorEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: undefined, NODE_V8_COVERAGE: undefined };
}
