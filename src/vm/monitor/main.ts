import { closeSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { homeOf } from "../../host/home.js";
import { boxFiles } from "../box/files.js";
import type { BoxRecord, BoxState } from "../box/record.js";
import { AWAIT_IMAGE, awaitImage, giveUp } from "./await-image.js";
import { createClients, type Requests } from "./clients.js";
import { readConsole } from "./console.js";
import { Descriptor } from "./descriptors.js";
import { openLink } from "./guest-link.js";
import { watchOver } from "./life.js";
import { log, setLogLevel } from "./log.js";
import { relaunchAfterExit } from "./restart.js";
import { VISIT } from "./visit-mode.js";
import { watchVisit } from "./visit.js";
import type { Home } from "../../host/home.js";

// The monitor of one box: `monitor FOLDER [MODE [LAYER]]`, started by `box-vmm launch` with the descriptors it describes.
const [, , folder = "", mode, layer = ""] = process.argv;
const record = JSON.parse(readFileSync(boxFiles(folder).record, "utf8")) as BoxRecord;
setLogLevel(record.config.logLevel);

/** What is kept of the box's last life: counts go on when its restart policy has started it, else they begin anew. */
function readBefore(): Pick<BoxState, "restartCount" | "backoffMs"> {
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
function readFilter(): Buffer | null {
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

const surroundings = () => ({
  folder,
  record,
  vmmPid,
  link: openLink(new Socket({ fd: Descriptor.agent, readable: true, writable: true })),
  console: readConsole(),
  command,
  openClients: (requests: Requests) =>
    createClients(Descriptor.control, requests, record.options.stdinOnce && !record.options.tty),
  unlock: () => closeSync(Descriptor.lock),
});

async function watch(home: Home): Promise<boolean> {
  if (mode === VISIT) {
    await watchVisit(home, surroundings(), layer);
    return false;
  }
  if (mode === AWAIT_IMAGE && !(await awaitImage(command))) {
    await giveUp(home, folder, record, vmmPid);
    return false;
  }
  const address = process.env["BOX_NETWORK_ADDRESS"];
  return watchOver(home, { ...surroundings(), before: readBefore(), filter: readFilter(), address });
}

// The VMM, if it should still be there, goes with this process (PR_SET_PDEATHSIG).
watch(home).then(
  (again) => {
    if (again) relaunchAfterExit(fileURLToPath(new URL("box.js", import.meta.url)), record.id);
    process.exit(0);
  },
  (error: unknown) => {
    log(
      "error",
      `the monitor failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    process.exit(1);
  },
);
