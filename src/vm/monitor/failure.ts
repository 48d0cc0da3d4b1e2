import { BoxError } from "../../errors.js";
import { explainOwnFailure } from "../../host/write-failure.js";
import { QUOTED, visible } from "../../config/syntax/visible.js";
import type { LastWords } from "./console.js";
import type { Home } from "../../host/home.js";

/** Why a box could not start or went down: what the user gets to see. */
export interface Failure {
  code: string;
  /** Without the subject. */
  message: string;
  /** As of a BoxError. */
  subject?: string | undefined;
  hint?: string | undefined;
}

const list = (lines: string[]) => lines.map((line) => `${QUOTED}${visible(line)}`).join("");

/** Lines of the VMM's and of the guest's, each marked as such: none of them can pass for box's own. */
function quote({ vmm, console }: LastWords): string {
  const said = vmm.length === 0 ? "" : `the VMM wrote:${list(vmm)}\n`;
  return console.length === 0
    ? `${said}the console stayed empty`
    : `${said}the console ends with:${list(console)}`;
}

/** How the helper reports an end that did not explain itself (native/vmm/supervise.c). */
const ENDED = /^box-vmm ended: /;

/**
 * A VMM that ended by itself: what its last lines say about it. Once a program of the box runs, it may have taken the VMM
 * over: a line is no more than what the VMM says then, whoever's it looks like. The helper's report of the end is the last
 * line of all, after the VMM.
 */
export function explainDeath(words: LastWords, running: boolean): Failure {
  for (const line of running ? [] : words.vmm) {
    const own = /^box-vmm: (.*)$/.exec(line)?.[1];
    const forward = /Could not set up host forwarding rule '\w+:([^']*)-:\d+'/.exec(line)?.[1];
    if (own?.endsWith("is already in use")) return portInUse(own);
    if (forward !== undefined)
      return portInUse(`port ${forward.replace(/^:/, "0.0.0.0:")} is already in use`);
    if (own?.endsWith("which this host does not allow")) return { code: "vmm-unusable", message: own };
    if (own !== undefined) return { code: "vmm-failed", message: own };
  }
  const when = running ? "ended while the box was running" : "ended before the box was up";
  const last = words.vmm.at(-1) ?? "";
  const reported = ENDED.test(last);
  const how = reported ? visible(last.replace(ENDED, ": ")) : "";
  const said = quote(reported ? { ...words, vmm: words.vmm.slice(0, -1) } : words);
  return { code: "vmm-died", message: `the virtual machine ${when}${how}; ${said}` };
}

function portInUse(message: string): Failure {
  return {
    code: "port-in-use",
    message,
    subject: "portMap",
    hint: "choose another host port, or stop what listens there",
  };
}

/** A guest that shows no sign of life. */
export function explainSilence(limitMs: number, words: LastWords): Failure {
  return {
    code: "boot-timeout",
    message: `the virtual machine gave no sign of life within ${limitMs / 1000} s; ${quote(words)}`,
    hint: "BOX_BOOT_LIMIT=SECONDS changes the limit",
  };
}

/** A box whose start cannot be put on record: it would be taken for one that does not run. */
export function explainUnrecorded(home: Home, error: unknown): Failure {
  const explained = explainOwnFailure(home, error);
  if (!(explained instanceof BoxError))
    return {
      code: "launch-failed",
      message: `cannot record that the box runs: ${String(error)}`,
    };
  const { code, reason, subject, hint } = explained;
  return { code, message: reason, subject, hint };
}

/** A guest that does not keep to the protocol: it may be hostile, so its box ends. */
export function explainViolation(detail: string): Failure {
  return { code: "guest-protocol", message: `the guest broke the protocol: ${detail}` };
}
