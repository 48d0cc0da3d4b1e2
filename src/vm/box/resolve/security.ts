import type { BoxConfig } from "../../../config/box-config.js";
import { parseSecurityOpt, type SecurityOpt } from "../../../config/syntax/security-opt.js";

export interface Security {
  noNewPrivileges: boolean;
  /** The kernel's paths in /proc and /sys are left as they are. */
  openPaths: boolean;
  /** `default`, `unconfined` or the path of a profile. */
  seccomp: string;
}

/**
 * What `--security-opt` and `--privileged` come to; of two of a kind the last counts.
 * @throws BoxError invalid-security-opt
 */
export function resolveSecurity({
  securityOpt,
  privileged,
}: Pick<BoxConfig, "securityOpt" | "privileged">): Security {
  const options = securityOpt.map(parseSecurityOpt);
  const last = <K extends SecurityOpt["kind"]>(kind: K) =>
    options.findLast((option): option is Extract<SecurityOpt, { kind: K }> => option.kind === kind);
  return {
    noNewPrivileges: last("no-new-privileges")?.value ?? false,
    openPaths: privileged || last("systempaths") !== undefined,
    seccomp: last("seccomp")?.profile ?? (privileged ? "unconfined" : "default"),
  };
}
