import { BoxError } from "../../errors.js";
import { explainOwnFailure } from "../../host/write-failure.js";
import { QUOTED, visible } from "../../config/syntax/visible.js";
import type { LastWords } from "./console.js";
import type { Home } from "../../host/home.js";

/** Why a box could not start or exited, as shown to the user. */
export interface Failure {
  code: string;
  /** Does not include the subject. */
  message: string;
  /** Like that of a BoxError. */
  subject?: string | undefined;
  hint?: string | undefined;
}

const list = (lines: string[], label = "") =>
  lines.map((line) => `${QUOTED}${label}${visible(line)}`).join("");

/**
 * Quotes lines from the VMM and the guest, each marked so that it cannot be mistaken for output of box. Nothing follows
 * the quoted lines.
 */
function quote({ vmm, console }: LastWords): string {
  if (vmm.length === 0 && console.length === 0) return "the console is empty";
  if (vmm.length === 0) return `last output on the console:${list(console)}`;
  if (console.length === 0) return `the console is empty; last output of the VMM:${list(vmm)}`;
  return `last output of the VMM and on the console:${list(vmm, "VMM: ")}${list(console, "console: ")}`;
}

/** How the helper reports a VMM that exited without an explanation (native/vmm/supervise.c). */
const ENDED = /^box-vmm ended: /;

/**
 * Explains, from its last lines, why a VMM exited by itself. A program that runs in the box may have taken over the
 * VMM, so after the start no line is trusted, even if it looks like one of the helper's. Only the very last line,
 * written after the VMM has exited, is the helper's report.
 */
export function explainDeath(words: LastWords, running: boolean): Failure {
  for (const line of running ? [] : words.vmm) {
    const own = /^box-vmm: (.*)$/.exec(line)?.[1];
    const forward = /Could not set up host forwarding rule '\w+:([^']*)-:\d+'/.exec(line)?.[1];
    const taken = /^port (\S+) is already in use$/.exec(own ?? "")?.[1];
    if (taken !== undefined) return portInUse(taken);
    if (forward !== undefined) return portInUse(forward.replace(/^:/, "0.0.0.0:"));
    if (own?.endsWith("which this host does not allow")) return { code: "vmm-unusable", message: own };
    if (own !== undefined) return { code: "vmm-failed", message: own };
  }
  const when = running ? "exited while the box was running" : "exited before the box was up";
  const last = words.vmm.at(-1) ?? "";
  const reported = ENDED.test(last);
  const how = reported ? visible(last.replace(ENDED, ": ")) : "";
  const output = quote(reported ? { ...words, vmm: words.vmm.slice(0, -1) } : words);
  return { code: "vmm-died", message: `the virtual machine ${when}${how}; ${output}` };
}

/** @param host address and port */
function portInUse(host: string): Failure {
  return {
    code: "port-in-use",
    message: `Bind for ${host} failed: port is already allocated`,
    subject: "portMap",
    hint: "choose another host port, or stop the process that is using it",
  };
}

/** Explains a guest that does not respond. */
export function explainSilence(limitMs: number, words: LastWords): Failure {
  return {
    code: "boot-timeout",
    message: `the virtual machine did not respond within ${limitMs / 1000} s; ${quote(words)}`,
    hint: "set BOX_BOOT_LIMIT=SECONDS to change the limit",
  };
}

/** Explains why a box ends if its start cannot be recorded: other commands would not know that it is running. */
export function explainUnrecorded(home: Home, error: unknown): Failure {
  const explained = explainOwnFailure(home, error);
  if (!(explained instanceof BoxError))
    return {
      code: "launch-failed",
      message: `cannot record that the box is running: ${String(error)}`,
    };
  const { code, reason, subject, hint } = explained;
  return { code, message: reason, subject, hint };
}

/** Explains a guest that violates the protocol: it may be hostile, so its box ends. */
export function explainViolation(detail: string): Failure {
  return { code: "guest-protocol", message: `the guest violated the protocol: ${detail}` };
}
