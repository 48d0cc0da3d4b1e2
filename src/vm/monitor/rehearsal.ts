import type { GuestNetwork } from "../../net/guest-network.js";
import { capabilityMask, DEFAULT_CAPABILITIES } from "../box/resolve/capabilities.js";
import { DEFAULT_PATH } from "../box/resolve/search-path.js";
import { encodeFrame, FrameType } from "../protocol/guest/frames.js";
import { encodeConfigure, encodeStart } from "../protocol/guest/messages.js";
import { defaultFilter } from "./seccomp-filter.js";
import { MAIN } from "./sessions.js";

/** The second time still makes the start faster. */
const TIMES = 2;
/** The agent itself, which ends at once when it is not process 1. */
const PROGRAM = "/proc/self/exe";

/**
 * Encodes REHEARSEs: the agent of an idle VM starts a box that is like most, in namespaces of its own, and ends it. The
 * first start in a VM is slow: under emulation, all of its code has to be translated, and everywhere, memory is used for
 * the first time. Nothing in it outlasts the rehearsal, so no setting is changed and no limit set.
 * @param network of the VM
 */
export function encodeRehearsal(network: GuestNetwork | null): Buffer {
  const hostname = "rehearsal";
  const configure = encodeConfigure({
    ...{ hostname, hosts: "127.0.0.1\tlocalhost\n", resolvConf: "", network, clockNs: 0n },
    ...{ tmpfs: [], volumes: [], devices: [], sysctls: [], shmBytes: null, pidsLimit: null },
    ...{ readOnlyRoot: false, openPaths: false, privileged: false, persistent: false },
  });
  const start = encodeStart(MAIN, {
    argv: [PROGRAM],
    env: [`PATH=${DEFAULT_PATH}`, `HOSTNAME=${hostname}`],
    ...{ cwd: "/", user: "", groups: [], limits: [], stdin: false, terminal: null, main: true, first: false },
    ...{
      capabilities: capabilityMask(DEFAULT_CAPABILITIES),
      noNewPrivileges: false,
      seccomp: defaultFilter(),
    },
  });
  const once = encodeFrame(FrameType.REHEARSE, 0, Buffer.concat([...configure, ...start]));
  return Buffer.concat(Array<Buffer>(TIMES).fill(once));
}
