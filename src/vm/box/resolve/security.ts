import type { BoxSpec } from "../../../config/spec.js";
import type { SecurityOpt } from "../../../config/syntax/security-opt.js";

export interface Security {
  noNewPrivileges: boolean;
  /** Paths in /proc and /sys are neither masked nor read-only. */
  openPaths: boolean;
  /** `default`, `unconfined` or the path of a profile. */
  seccomp: string;
}

/** Combines security options and `--privileged`. If an option is given twice, the last value wins. */
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
