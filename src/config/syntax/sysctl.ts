import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/**
 * Parses `--sysctl NAME=VALUE`. Each box has its own kernel, so any name is allowed, but it cannot refer to anything
 * outside /proc/sys.
 * @throws BoxError invalid-sysctl
 */
export function parseSysctl(text: string): [string, string] {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(equals, 0));
  const value = text.slice(equals + 1);
  if (name.length <= 255 && /^[a-zA-Z0-9_-]+([./][a-zA-Z0-9_-]+)+$/.test(name) && !value.includes("\0")) {
    return [name, value];
  }
  throw new BoxError("invalid-sysctl", `${quote(text)} is not NAME=VALUE`, {
    hint: "write a name below /proc/sys, such as net.core.somaxconn=1024",
  });
}

/** The canonical notation; `parseSysctl(formatSysctl(s))` gives `s`. */
export function formatSysctl([name, value]: readonly [string, string]): string {
  return `${name}=${value}`;
}
