import { resolve } from "node:path";
import { checkAbsolute } from "../../host/absolute.js";
import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

export const TRANSPORTS = ["oci", "oci-archive", "docker-archive"] as const;

/** An image in a file or folder: `oci:FOLDER`, `oci-archive:FILE`, `docker-archive:FILE`, each with `:NAME` if need be. */
export interface FileReference {
  transport: (typeof TRANSPORTS)[number];
  /** Absolute. */
  path: string;
  /** Which image in it: a name, or a tag alone. */
  name?: string;
}

const PREFIX = new RegExp(`^(${TRANSPORTS.join("|")}):`);

/** Whether a text names an image in a file; anything else is for parseReference. */
export function isFileReference(text: string): boolean {
  return PREFIX.test(text);
}

/**
 * Parses an image's name with a transport as skopeo does: the path ends at the first colon (containers-transports(5)).
 * @param cwd what a relative path is relative to; without it none is taken
 * @throws BoxError invalid-reference, relative-path
 */
export function parseFileReference(text: string, cwd?: string): FileReference {
  const [, transport] = PREFIX.exec(text) ?? [];
  const known = TRANSPORTS.find((one) => one === transport);
  const rest = text.slice((transport?.length ?? 0) + 1);
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const name = colon < 0 ? undefined : rest.slice(colon + 1);
  const example = `for example ${known ?? "oci"}:./${known === "oci" ? "folder" : "image.tar"}:latest`;
  const refuse = (reason: string) =>
    new BoxError("invalid-reference", `${quote(text)} is not an image reference: ${reason}`, {
      hint: example,
    });
  if (!known) throw refuse(`the transport is none of ${TRANSPORTS.join(", ")}`);
  if (path === "") throw refuse("the path is missing");
  if (text.includes("\0")) throw refuse("it has a NUL byte in it");
  if (name === "") throw refuse("the name after the path is empty");
  if (cwd === undefined) checkAbsolute(path, text);
  return { transport: known, path: resolve(cwd ?? "/", path), ...(name === undefined ? {} : { name }) };
}

/** Parsing it gives the same reference, wherever. */
export function formatFileReference({ transport, path, name }: FileReference): string {
  return `${transport}:${path}${name === undefined ? "" : `:${name}`}`;
}
