import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Platform of an image (OCI image-spec, image-index.md, `platform`). */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string | undefined;
}

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", arm64: "arm64" };

/** The platform of boxes on this host: its architecture, always Linux. */
export function hostPlatform(): Platform {
  return { os: "linux", architecture: ARCHITECTURES[process.arch] ?? process.arch };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}

const OTHER_NAMES: Record<string, string> = { x86_64: "amd64", "x86-64": "amd64", aarch64: "arm64" };
const PART = /^[a-z0-9_.-]{1,40}$/;

/**
 * Parses `OS/ARCH[/VARIANT]`, or one of OS and ARCH alone.
 * @throws BoxError invalid-platform
 */
export function parsePlatform(text: string): Platform {
  const words = text.toLowerCase().split("/");
  if (words.length > 3 || !words.every((word) => PART.test(word))) {
    throw new BoxError("invalid-platform", `${quote(text)} is not OS/ARCH[/VARIANT]`, {
      hint: "for example linux/amd64 or linux/arm64",
    });
  }
  const own = hostPlatform();
  const [first = own.os, second] = words;
  const [os, architecture, variant] =
    second === undefined ? (first === own.os ? [first, own.architecture] : [own.os, first]) : words;
  const known = Object.hasOwn(OTHER_NAMES, architecture ?? "")
    ? OTHER_NAMES[architecture ?? ""]
    : architecture;
  return { os: os ?? own.os, architecture: known ?? own.architecture, ...(variant ? { variant } : {}) };
}

/** Variants that are equivalent to the architecture without one. */
const BASE_VARIANTS: Record<string, string> = { amd64: "v1", arm64: "v8" };

/** A variant above the base one matches only if it is asked for: the CPU may lack its instructions. */
export function platformMatches(offered: Platform, wanted: Platform): boolean {
  const variant = ({ architecture, variant }: Platform) =>
    variant === BASE_VARIANTS[architecture] ? "" : (variant ?? "");
  return (
    offered.os === wanted.os &&
    offered.architecture === wanted.architecture &&
    variant(offered) === variant(wanted)
  );
}

/** Whether a platform written by `formatPlatform` is the wanted one. */
export function isFor(text: string, wanted: Platform): boolean {
  const [os = "", architecture = "", variant] = text.split("/");
  return platformMatches({ os, architecture, variant }, wanted);
}
