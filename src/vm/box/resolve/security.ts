import type { BoxSpec } from "../../../config/spec.js";
import type { SecurityOpt } from "../../../config/syntax/security-opt.js";

export interface Security {
  noNewPrivileges: boolean;
  /** The kernel's paths in /proc and /sys are left as they are. */
  openPaths: boolean;
  /** `default`, `unconfined` or the path of a profile. */
  seccomp: string;
}

/** What security options and a privileged box come to; of two of a kind the last counts. */
export function resolveSecurity({
  securityOpt,
  privileged,
}: Pick<BoxSpec, "securityOpt" | "privileged">): Security {
  const last = <K extends SecurityOpt["kind"]>(kind: K) =>
    securityOpt.findLast((option): option is Extract<SecurityOpt, { kind: K }> => option.kind === kind);
  return {
    noNewPrivileges: last("no-new-privileges")?.value ?? false,
    openPaths: privileged || last("systempaths") !== undefined,
    seccomp: last("seccomp")?.profile ?? (privileged ? "unconfined" : "default"),
  };
}
