import { QUOTED, visible } from "../../config/syntax/visible.js";

/** Why a box could not start or went down: what the user gets to see. */
export interface Failure {
  code: string;
  message: string;
  hint?: string;
  exitCode: number;
}

const EXIT_BOX = 125;

/** Exit codes of what the agent refuses (docs/protocol.md, codes of ERROR). */
const REFUSALS: Record<string, number> = { "not-found": 127, "not-executable": 126 };

/** Lines of the guest's, each marked as such: none of them can pass for box's own. */
function quote(lines: string[]): string {
  return lines.length === 0
    ? "the console stayed empty"
    : `the console ends with:${lines.map((line) => `${QUOTED}${visible(line)}`).join("")}`;
}

/** A refusal of the agent, in the user's terms. */
export function explainRefusal(code: string, message: string): Failure {
  return { code, message, exitCode: REFUSALS[code] ?? EXIT_BOX };
}

/** How the helper reports an end that did not explain itself (native/vmm/crew.c). */
const ENDED = /^box-vmm ended: /;

/**
 * A VMM that ended by itself: what its last lines say about it. The guest writes to the same console: once a program of
 * the box may have done so, a line is no more than what the guest says, whoever's it looks like. The helper's report of
 * the end is the last line of all, after the guest.
 */
export function explainDeath(tail: string[], running: boolean): Failure {
  for (const line of running ? [] : tail) {
    const own = /^box-vmm: (.*)$/.exec(line)?.[1];
    const forward = /Could not set up host forwarding rule '\w+:([^']*)-:\d+'/.exec(line)?.[1];
    if (own?.endsWith("is already in use")) return portInUse(`-p: ${own}`);
    if (forward !== undefined)
      return portInUse(`-p: port ${forward.replace(/^:/, "0.0.0.0:")} is already in use`);
    if (own?.endsWith("which this host does not allow"))
      return { code: "vmm-failed", message: own, hint: "`box info` tells why", exitCode: EXIT_BOX };
    if (own !== undefined) return { code: "vmm-failed", message: own, exitCode: EXIT_BOX };
  }
  const when = running ? "ended while the box was running" : "ended before the box was up";
  const last = tail.at(-1) ?? "";
  const reported = ENDED.test(last);
  const how = reported ? visible(last.replace(ENDED, ": ")) : "";
  const said = quote(reported ? tail.slice(0, -1) : tail);
  return { code: "vmm-died", message: `the virtual machine ${when}${how}; ${said}`, exitCode: EXIT_BOX };
}

function portInUse(message: string): Failure {
  return {
    code: "port-in-use",
    message,
    hint: "choose another host port, or stop what listens there",
    exitCode: EXIT_BOX,
  };
}

/** A guest that shows no sign of life. */
export function explainSilence(limitMs: number, tail: string[]): Failure {
  return {
    code: "boot-timeout",
    message: `the virtual machine gave no sign of life within ${limitMs / 1000} s; ${quote(tail)}`,
    hint: "`box info` tells what this host can run; BOX_BOOT_LIMIT=SECONDS changes the limit",
    exitCode: EXIT_BOX,
  };
}

/** A guest that does not keep to the protocol: it may be hostile, so its box ends. */
export function explainViolation(detail: string): Failure {
  return { code: "guest-protocol", message: `the guest broke the protocol: ${detail}`, exitCode: EXIT_BOX };
}
