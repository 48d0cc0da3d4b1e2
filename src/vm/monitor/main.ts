import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { boxFiles } from "../box/files.js";
import type { BoxRecord } from "../box/record.js";
import { createClients } from "./clients.js";
import { readConsole } from "./console.js";
import { Descriptor } from "./descriptors.js";
import { watchOver } from "./life.js";
import { setLogLevel } from "./log.js";

// The monitor of one box: `monitor FOLDER`, started by `box-vmm launch` with the descriptors it describes.
const folder = process.argv[2] ?? "";
const record = JSON.parse(readFileSync(boxFiles(folder).record, "utf8")) as BoxRecord;
setLogLevel(record.config.logLevel);

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

void watchOver({
  folder,
  record,
  filter: readFilter(),
  vmmPid: Number(process.env["BOX_VMM_PID"]),
  address: process.env["BOX_NETWORK_ADDRESS"],
  agent: new Socket({ fd: Descriptor.agent, readable: true, writable: true }),
  console: readConsole(Descriptor.console),
  command: new Socket({ fd: Descriptor.command, readable: true, writable: true }),
  openClients: (requests) => createClients(Descriptor.control, requests),
})
  // The VMM, if it should still be there, goes with this process (PR_SET_PDEATHSIG).
  .then(() => process.exit(0));
