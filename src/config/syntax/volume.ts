import { isAbsolute, normalize, resolve } from "node:path";
import { BoxError } from "../errors.js";

/** A bind mount of a host folder or file. */
export interface BindMount {
  /** Absolute host path. */
  source: string;
  /** Absolute path in the box, normalized. */
  target: string;
  readOnly: boolean;
}

const HINT = "write HOST_PATH:BOX_PATH[:ro], such as ./src:/src or /etc/hosts:/etc/hosts:ro";

function invalid(text: string, reason: string): BoxError {
  return new BoxError("invalid-volume", `-v: "${text}" ${reason}`, { hint: HINT });
}

/**
 * Parses Docker's short `-v HOST:BOX[:ro|rw]`; a relative host path resolves against `cwd`.
 * @throws BoxError invalid-volume
 */
export function parseVolume(text: string, cwd: string): BindMount {
  if (text.includes("\0")) throw invalid(text.replaceAll("\0", "\\0"), "has a NUL byte in it");
  const parts = text.split(":");
  const [source = "", target = "", mode = "rw"] = parts;
  if (parts.length < 2 || parts.length > 3) throw invalid(text, "is not HOST_PATH:BOX_PATH[:ro]");
  if (mode !== "ro" && mode !== "rw")
    throw invalid(text, `has an unknown mode "${mode}"; ro and rw are known`);
  if (source === "") throw invalid(text, "names no host path");
  if (!isAbsolute(target)) throw invalid(text, `has a path in the box, "${target}", that is not absolute`);
  if (!isAbsolute(source) && !source.startsWith(".")) {
    throw new BoxError(
      "invalid-volume",
      `-v: "${source}" looks like a named volume; those are not available yet`,
      {
        hint: `for a folder write ./${source}:${target}`,
      },
    );
  }
  const clean = normalize(target).replace(/(?<=.)\/$/, "");
  if (clean === "/") throw invalid(text, "would hide the whole root of the box");
  return { source: resolve(cwd, source), target: clean, readOnly: mode === "ro" };
}

/** The canonical notation; `parseVolume(formatVolume(v), "/")` gives `v`. */
export function formatVolume({ source, target, readOnly }: BindMount): string {
  return `${source}:${target}${readOnly ? ":ro" : ""}`;
}
