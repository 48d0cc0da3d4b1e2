import { BoxError } from "../../errors.js";
import { parseBoolean } from "./boolean.js";
import { quote } from "./quote.js";

export type SecurityOpt =
  /** `profile`: unconfined, default, or the path of a profile in JSON. */
  | { kind: "seccomp"; profile: string }
  | { kind: "no-new-privileges"; value: boolean }
  | { kind: "systempaths"; value: "unconfined" }
  /** Turns off a feature that a VM does not have. */
  | { kind: "meaningless"; text: "label=disable" | "apparmor=unconfined" };

const HINT =
  "use seccomp=unconfined, seccomp=PROFILE.json, no-new-privileges[=true|false] or systempaths=unconfined";

function invalid(text: string, reason: string, hint = HINT): BoxError {
  return new BoxError("invalid-security-opt", `${quote(text)} ${reason}`, { hint });
}

/** An option that Docker's client passes on and its daemon refuses. */
function unknown(text: string, reason: string, hint = HINT): BoxError {
  return new BoxError("unknown-security-opt", `${quote(text)} ${reason}`, { hint });
}

function parseNoNewPrivileges(value: string | undefined, text: string): SecurityOpt {
  const found = value === undefined ? true : parseBoolean(value);
  if (found === undefined) throw unknown(text, "is neither true nor false");
  return { kind: "no-new-privileges", value: found };
}

/**
 * Parses `--security-opt NAME=VALUE`; as in Docker, a colon may take the place of the equals sign.
 * @throws BoxError invalid-security-opt, unknown-security-opt
 */
export function parseSecurityOpt(text: string): SecurityOpt {
  if (text.includes("\0")) throw invalid(text, "contains a NUL byte");
  const separator = text.includes("=") ? "=" : ":";
  const at = text.indexOf(separator);
  const name = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? undefined : text.slice(at + 1);
  if (name === "no-new-privileges") return parseNoNewPrivileges(value, text);
  if (value === undefined || value === "") throw invalid(text, "has no value");
  switch (name) {
    case "seccomp":
      return { kind: "seccomp", profile: value };
    case "systempaths":
      // The only one that Docker does not accept with a colon.
      if (value === "unconfined" && separator === "=") return { kind: "systempaths", value };
      throw unknown(text, "is not supported", "the only form is systempaths=unconfined");
    case "label":
      if (value === "disable") return { kind: "meaningless", text: "label=disable" };
      throw invalid(
        text,
        "requires SELinux, which the guest kernel does not have",
        "leave it out: the VM is the boundary",
      );
    case "apparmor":
      if (value === "unconfined") return { kind: "meaningless", text: "apparmor=unconfined" };
      throw invalid(
        text,
        "requires AppArmor, which the guest kernel does not have",
        "leave it out: the VM is the boundary",
      );
    default:
      throw unknown(text, "is not a known security option");
  }
}

/** The canonical notation; `parseSecurityOpt(formatSecurityOpt(o))` returns `o`. */
export function formatSecurityOpt(option: SecurityOpt): string {
  switch (option.kind) {
    case "seccomp":
      return `seccomp=${option.profile}`;
    case "no-new-privileges":
      return `no-new-privileges=${String(option.value)}`;
    case "systempaths":
      return `systempaths=${option.value}`;
    case "meaningless":
      return option.text;
  }
}
