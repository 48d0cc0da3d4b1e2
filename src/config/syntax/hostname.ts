import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/**
 * Checks `--hostname`: letters, digits, `-`, `_` and `.`, at most the kernel's 64 bytes.
 * @throws BoxError invalid-hostname
 */
export function parseHostname(text: string): string {
  if (/^[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9_])?$/.test(text) && !text.includes("..")) return text;
  throw new BoxError("invalid-hostname", `${quote(text)} is not a host name`, {
    hint: "use at most 64 letters, digits, - and .",
  });
}
