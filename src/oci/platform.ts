/** What an image runs on (OCI image-spec, image-index.md, `platform`). */
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

/** Variants that say nothing beyond the architecture itself. */
const BASE_VARIANTS: Record<string, string> = { amd64: "v1", arm64: "v8" };

/** A variant above the base one is taken only when it is asked for: the CPU may lack it. */
export function platformMatches(offered: Platform, wanted: Platform): boolean {
  const variant = ({ architecture, variant }: Platform) =>
    variant === BASE_VARIANTS[architecture] ? "" : (variant ?? "");
  return (
    offered.os === wanted.os &&
    offered.architecture === wanted.architecture &&
    variant(offered) === variant(wanted)
  );
}
