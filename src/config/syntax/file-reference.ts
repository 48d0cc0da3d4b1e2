import { resolve } from "node:path";
import { checkAbsolute } from "../../host/absolute.js";
import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

export const TRANSPORTS = ["oci", "oci-archive", "docker-archive"] as const;

/** An image in a file or directory: `oci:DIRECTORY`, `oci-archive:FILE`, `docker-archive:FILE`, optionally with `:NAME`. */
export interface FileReference {
  transport: (typeof TRANSPORTS)[number];
  /** Absolute. */
  path: string;
  /** Which image in it: a name, or just a tag. */
  name?: string;
}

const PREFIX = new RegExp(`^(${TRANSPORTS.join("|")}):`);

/** Whether a text refers to an image in a file; if not, it is for parseReference. */
export function isFileReference(text: string): boolean {
  return PREFIX.test(text);
}

/**
 * Parses an image reference with a transport as skopeo does: the path ends at the first colon (containers-transports(5)).
 * @param cwd base of a relative path; without it, the path must be absolute
 * @throws BoxError invalid-reference, relative-path
 */
export function parseFileReference(text: string, cwd?: string): FileReference {
  const [, transport] = PREFIX.exec(text) ?? [];
  const known = TRANSPORTS.find((one) => one === transport);
  const rest = text.slice((transport?.length ?? 0) + 1);
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const name = colon < 0 ? undefined : rest.slice(colon + 1);
  const example = `for example ${known ?? "oci"}:./${known === "oci" ? "directory" : "image.tar"}:latest`;
  const refuse = (reason: string) =>
    new BoxError("invalid-reference", `invalid reference format: ${quote(text)}: ${reason}`, {
      hint: example,
    });
  if (!known) throw refuse(`the transport is not one of ${TRANSPORTS.join(", ")}`);
  if (path === "") throw refuse("the path is missing");
  if (text.includes("\0")) throw refuse("it contains a NUL byte");
  if (name === "") throw refuse("the name after the path is empty");
  if (cwd === undefined) checkAbsolute(path, text);
  return { transport: known, path: resolve(cwd ?? "/", path), ...(name === undefined ? {} : { name }) };
}

/** The canonical form. Parsing it returns the same reference, whatever the working directory. */
export function formatFileReference({ transport, path, name }: FileReference): string {
  return `${transport}:${path}${name === undefined ? "" : `:${name}`}`;
}
