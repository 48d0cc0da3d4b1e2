import { closeSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { homeOf } from "../../host/home.js";
import { boxFiles } from "../box/files.js";
import type { BoxState } from "../box/record.js";
import { awaitImage, giveUp } from "./await-image.js";
import { monitorTitle } from "../monitor-title.js";
import type { LaunchRequest } from "../protocol/control/launch-request.js";
import { encodeJson } from "../protocol/control/wire.js";
import { waitForLaunchRequest } from "./launch-request.js";
import { createClients, type Requests } from "./clients.js";
import { readConsole } from "./console.js";
import { Descriptor } from "./descriptors.js";
import { openLink } from "./guest-link.js";
import { supervise } from "./supervise.js";
import { log, setLogLevel } from "./log.js";
import { relaunchAfterExit } from "./restart.js";
import { watchOfflineSession } from "./offline-session.js";

// The monitor of one box, started by `box-vmm launch` with the descriptors it describes. Which box that is comes with a
// launch request; the VM starts meanwhile, or has long done so.

/** What is kept of the box's last life: counts go on when its restart policy has started it, else they begin anew. */
function readBefore(folder: string): Pick<BoxState, "restartCount" | "backoffMs"> {
  try {
    const state = JSON.parse(readFileSync(boxFiles(folder).state, "utf8")) as BoxState;
    if (state.status !== "restarting") return {};
    const { restartCount = 0, backoffMs = 0 } = state;
    return { restartCount, backoffMs };
  } catch {
    return {};
  }
}

/** The filter of the box's programs, for most boxes the one that set-up has put beside this file. */
function readFilter({ folder, record }: LaunchRequest): Buffer | null {
  if (record.seccomp === "none") return null;
  const own = boxFiles(folder).seccomp;
  return readFileSync(
    record.seccomp === "own" ? own : new URL("native/seccomp-default.bpf", import.meta.url),
  );
}

// It ends when its box does, not when a terminal or a session goes.
for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGPIPE"] as const) process.on(signal, () => undefined);

// Its log is on a disk that may be full: what cannot be written is lost, and must not end the box.
process.stderr.on("error", () => undefined);

const home = homeOf(process.env);
const vmmPid = Number(process.env["BOX_VMM_PID"]);
const command = new Socket({ fd: Descriptor.command, readable: true, writable: true });
command.on("error", () => undefined);
const link = openLink(new Socket({ fd: Descriptor.agent, readable: true, writable: true }));
const console = readConsole();

/** @returns whether the box is to be started again */
async function watch({ folder, record, pending, offlineLayer }: LaunchRequest): Promise<boolean> {
  const around = {
    ...{ folder, record, vmmPid, link, console, command },
    openClients: (requests: Requests) =>
      createClients(Descriptor.control, requests, record.options.stdinOnce && !record.options.tty),
    unlock: () => closeSync(Descriptor.lock),
  };
  if (offlineLayer !== undefined) {
    await watchOfflineSession(home, around, offlineLayer);
    return false;
  }
  if (pending && !(await awaitImage(command))) {
    await giveUp(home, folder, record, vmmPid);
    return false;
  }
  const address = process.env["BOX_NETWORK_ADDRESS"];
  const filter = readFilter({ folder, record });
  return supervise(home, { ...around, before: readBefore(folder), filter, address });
}

/** Tells a command that has said anything but a launch request, and ends. */
async function refuse(error: unknown): Promise<void> {
  log("error", `no launch request: ${error instanceof Error ? error.message : String(error)}`);
  const message = "the box was started by another version of box than the one that is installed";
  const failure = { event: "failed", code: "newer-version", message, hint: "try again" } as const;
  await new Promise<void>((resolve) => command.end(encodeJson(failure), () => resolve()));
}

async function main(): Promise<void> {
  let request: LaunchRequest | undefined;
  try {
    request = await waitForLaunchRequest(command);
  } catch (error) {
    await refuse(error);
  }
  if (!request) return;
  process.title = monitorTitle(request.folder);
  setLogLevel(request.record.config.logLevel);
  const again = await watch(request);
  if (again) relaunchAfterExit(fileURLToPath(new URL("box.js", import.meta.url)), request.record.id);
}

// The VMM, if it should still be there, goes with this process (PR_SET_PDEATHSIG).
main().then(
  () => process.exit(0),
  (error: unknown) => {
    log(
      "error",
      `the monitor failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    process.exit(1);
  },
);
