import { readOf, type Host } from "./host.js";

/** Families of distributions whose package names are known. */
export type Family = "debian" | "fedora" | "arch" | "alpine";

export interface Distribution {
  /** Its own name, such as `Debian GNU/Linux 12 (bookworm)`. */
  title: string;
  family?: Family;
  /** Major version, or 0. */
  version: number;
  id: string;
}

/** System components that boxes need, independent of the package names of a distribution. */
export type Part =
  "qemu" | "qemu-user" | "virtiofsd" | "libslirp" | "e2fsprogs" | "uidmap" | "libcap-ng" | "libisal";

const NAMES: Readonly<Record<Family, Readonly<Record<Part, string>>>> = {
  debian: {
    qemu: "qemu-system-x86",
    "qemu-user": "qemu-user-static",
    virtiofsd: "virtiofsd",
    libslirp: "libslirp0",
    e2fsprogs: "e2fsprogs",
    uidmap: "uidmap",
    "libcap-ng": "libcap-ng0",
    libisal: "libisal2",
  },
  fedora: {
    qemu: "qemu-system-x86-core",
    "qemu-user": "qemu-user-static",
    virtiofsd: "virtiofsd",
    libslirp: "libslirp",
    e2fsprogs: "e2fsprogs",
    uidmap: "shadow-utils",
    "libcap-ng": "libcap-ng",
    libisal: "isa-l",
  },
  arch: {
    qemu: "qemu-system-x86",
    "qemu-user": "qemu-user-static",
    virtiofsd: "virtiofsd",
    libslirp: "libslirp",
    e2fsprogs: "e2fsprogs",
    uidmap: "shadow",
    "libcap-ng": "libcap-ng",
    libisal: "isa-l",
  },
  alpine: {
    qemu: "qemu-system-x86_64",
    "qemu-user": "qemu-aarch64",
    virtiofsd: "virtiofsd",
    libslirp: "libslirp",
    e2fsprogs: "e2fsprogs",
    uidmap: "shadow-subids",
    "libcap-ng": "libcap-ng",
    libisal: "isa-l",
  },
};

const INSTALL: Readonly<Record<Family, readonly string[]>> = {
  debian: ["apt-get", "install", "-y", "--no-install-recommends"],
  fedora: ["dnf", "install", "-y"],
  arch: ["pacman", "-S", "--needed"],
  alpine: ["apk", "add"],
};

/** Components that provide the libraries that box's own programs load. */
const LIBRARIES: readonly (readonly [RegExp, Part])[] = [
  [/^libcap-ng\.so/, "libcap-ng"],
  [/^libisal\.so/, "libisal"],
];

/** Reads /etc/os-release. */
export async function findDistribution(host: Host): Promise<Distribution> {
  const text = (await readOf(host, "etc/os-release")) || (await readOf(host, "usr/lib/os-release"));
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  const id = field("ID");
  const families = [id, ...field("ID_LIKE").split(" ")];
  const family = families
    .map((name) => (name === "ubuntu" ? "debian" : name === "rhel" ? "fedora" : name))
    .find((name): name is Family => Object.hasOwn(NAMES, name));
  return {
    title: field("PRETTY_NAME") || id || "an unknown system",
    version: Number.parseInt(field("VERSION_ID"), 10) || 0,
    id,
    ...(family === undefined ? {} : { family }),
  };
}

/** Returns the package that contains a component; undefined for an unknown distribution. */
export function packageOf({ family, id, version }: Distribution, part: Part): string | undefined {
  if (family === undefined) return undefined;
  // Debian 12's QEMU includes virtiofsd.
  if (id === "debian" && version !== 0 && version < 13 && part === "virtiofsd") return "qemu-system-common";
  return NAMES[family][part];
}

export function partOfLibrary(library: string): Part | undefined {
  return LIBRARIES.find(([pattern]) => pattern.test(library))?.[1];
}

/** Returns the command that installs packages, without sudo. */
export function installCommand({ family }: Distribution, packages: readonly string[]): string[] {
  return family === undefined ? [] : [...INSTALL[family], ...packages];
}
