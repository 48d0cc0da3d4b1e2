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

/** Parses the platform of something that boxes run. @throws BoxError invalid-platform */
export function parseLinuxPlatform(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform.os === "linux") return platform;
  throw new BoxError("invalid-platform", `${quote(text)} is not a Linux platform`);
}

/** Variants that are equivalent to the architecture without one. */
const BASE_VARIANTS: Record<string, string> = { amd64: "v1", arm: "v7", arm64: "v8" };

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

/** Older variants of a platform, newest first: processors run their programs too, as containerd assumes. */
function olderVariants({ os, architecture, variant }: Platform): Platform[] {
  const [, number] = /^v(\d+)$/.exec(variant ?? BASE_VARIANTS[architecture] ?? "") ?? [];
  const oldest = architecture === "arm" ? 5 : 1;
  if (number === undefined || !["amd64", "arm"].includes(architecture)) return [];
  return Array.from({ length: Math.max(0, Number(number) - oldest) }, (_, i) => ({
    ...{ os, architecture, variant: `v${Number(number) - 1 - i}` },
  }));
}

/**
 * Returns the platforms of images that meet a request, best first.
 * @param wanted by default the host's, for which an amd64 host also accepts 386, like Docker
 */
export function acceptedPlatforms(wanted: Platform | undefined): Platform[] {
  const own = wanted ?? hostPlatform();
  const also = wanted === undefined && own.architecture === "amd64" ? [{ ...own, architecture: "386" }] : [];
  return [own, ...olderVariants(own), ...also];
}

/** Whether a platform written by `formatPlatform` is the host's, without a variant. */
export function isHostPlatform(text: string): boolean {
  return text === formatPlatform(hostPlatform());
}

/** Whether a platform written by `formatPlatform` is the wanted one. */
export function isFor(text: string, wanted: Platform): boolean {
  const [os = "", architecture = "", variant] = text.split("/");
  return platformMatches({ os, architecture, variant }, wanted);
}
