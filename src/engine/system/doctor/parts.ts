import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { dirname, join } from "node:path";
import { isUsable } from "../../../host/read.js";
import { isAtLeast } from "../../../host/version.js";
import { installedInterpreters } from "../../../vm/interpreter/find.js";
import { LIBSLIRP, VIRTIOFSD, type RuntimeFiles } from "../../../vm/runtime-files.js";
import { ok, problem, warning, type Check, type Cure } from "./check.js";
import { findProgram, firstUsable, versionOf, type Host } from "./host.js";
import { packageOf, partOfLibrary, type Distribution, type Part } from "./packages.js";

interface Found {
  /** Path or version of the component; undefined if it is missing. */
  found: string | undefined;
  /** A reason why the component is unsuitable; `broken`: it does not work at all. */
  flaw?: { reason: string; cure: Cure; broken?: true };
}

/** A component that boxes need from the host's packages. `box doctor` and `box setup` both use this table. */
interface Requirement {
  part: Part;
  name: string;
  /** The reason why it is needed; follows the word "needed". */
  purpose: string;
  /** Whether no box can run without it. */
  essential: boolean;
  /** Not needed if KVM works. */
  emulation?: true;
  /** Needed for so few boxes that its absence is normal. */
  rare?: true;
  probe: (host: Host) => Promise<Found>;
}

/** First version with `-netdev stream`. */
const LEAST_QEMU = "7.2";

async function probeQemu(host: Host): Promise<Found> {
  const program = await findProgram(host, "qemu-system-x86_64");
  if (program === undefined) return { found: undefined };
  const version = await versionOf(program, "--version");
  if (version === undefined) return { found: program, flaw: cannotRun(program) };
  const found = `QEMU ${version} (${program})`;
  if (isAtLeast(version, LEAST_QEMU)) return { found };
  const reason = `QEMU ${version} supports no networks of boxes, which need ${LEAST_QEMU} or later`;
  return { found, flaw: { reason, cure: { advice: `install QEMU ${LEAST_QEMU} or later` } } };
}

const cannotRun = (program: string) => ({
  reason: `${program} cannot be run on this system`,
  cure: { advice: `remove ${program}, or reinstall its package` },
  broken: true as const,
});

async function probeLibslirp(host: Host): Promise<Found> {
  return { found: await firstUsable(host, LIBSLIRP) };
}

async function probeVirtiofsd(host: Host): Promise<Found> {
  const path = await firstUsable(host, VIRTIOFSD);
  if (path === undefined) return { found: undefined };
  return { found: `${path} (${path.includes("/qemu/") ? "QEMU's own, in C" : "in Rust"})` };
}

function probeInterpreters({ searchPath }: Host): Promise<Found> {
  const found = installedInterpreters(searchPath);
  return Promise.resolve({ found: found.length > 0 ? `for ${found.join(", ")}` : undefined });
}

const probeProgram =
  (...names: string[]) =>
  async (host: Host): Promise<Found> => {
    const paths = await Promise.all(names.map((name) => findProgram(host, name)));
    const missing = names.filter((_, index) => paths[index] === undefined);
    return { found: missing.length > 0 ? undefined : paths.join(", ") };
  };

const REQUIREMENTS: readonly Requirement[] = [
  {
    part: "qemu",
    name: "qemu",
    purpose: "to run boxes without KVM",
    essential: true,
    emulation: true,
    probe: probeQemu,
  },
  {
    part: "virtiofsd",
    name: "virtiofsd",
    purpose: "for volumes under QEMU",
    essential: false,
    emulation: true,
    probe: probeVirtiofsd,
  },
  {
    part: "libslirp",
    name: "libslirp",
    purpose: "for networks under QEMU, and for the network mode bridge",
    essential: false,
    probe: probeLibslirp,
  },
  {
    part: "qemu-user",
    name: "qemu-user",
    purpose: "for images of other processors",
    essential: false,
    rare: true,
    probe: probeInterpreters,
  },
  {
    part: "e2fsprogs",
    name: "mke2fs",
    purpose: "to create the disks of boxes",
    essential: true,
    probe: probeProgram("mke2fs", "tune2fs"),
  },
];

/** For owners of files on volumes. Root does not need it, because it can use all IDs. */
const UIDMAP: Requirement = {
  part: "uidmap",
  name: "newuidmap",
  purpose: "for files on volumes to belong to users other than root",
  essential: false,
  probe: probeProgram("newuidmap", "newgidmap"),
};

function installing(distribution: Distribution, part: Part): Cure {
  const name = packageOf(distribution, part);
  return name === undefined ? { advice: `install ${part}` } : { packages: [name] };
}

/** Checks whether the components that boxes need are installed. @param kvm whether KVM works */
export async function checkParts(host: Host, distribution: Distribution, kvm: boolean): Promise<Check[]> {
  const all = host.uid === 0 ? REQUIREMENTS : [...REQUIREMENTS, UIDMAP];
  return Promise.all(
    all.map(async ({ part, name, purpose, essential, emulation, rare, probe }) => {
      const { found, flaw } = await probe(host);
      if (found === undefined) {
        if (emulation && kvm) return ok(name, "not installed; not needed with KVM");
        if (rare)
          return ok(
            name,
            `not installed; only needed ${purpose} (package ${packageOf(distribution, part) ?? part})`,
          );
        const report = essential ? problem : warning;
        return report(name, `not installed; needed ${purpose}`, installing(distribution, part));
      }
      if (flaw === undefined) return ok(name, found);
      const report = flaw.broken && essential && !(emulation && kvm) ? problem : warning;
      return report(name, flaw.reason, flaw.cure);
    }),
  );
}

const LOADER = "/lib64/ld-linux-x86-64.so.2";

/** How the loader reports that a library is missing or too old. */
const NOT_FOUND = [
  /error while loading shared libraries: (\S+): cannot open/,
  /^\s*(\S+) => not found/,
  /(version `\S+') not found/,
];

/** Lists the libraries that the dynamic loader does not find for a program or library. */
function missingOf(file: string, loader: string): Promise<string[]> {
  return new Promise((resolve) =>
    execFile(loader, ["--list", file], { env: {} }, (_error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.split("\n");
      const found = lines.flatMap((line) => NOT_FOUND.flatMap((pattern) => pattern.exec(line)?.[1] ?? []));
      resolve([...new Set(found)]);
    }),
  );
}

/** Checks whether the libraries that box's native parts are linked with are available. @param kvm whether KVM works */
export async function checkLibraries(
  distribution: Distribution,
  { libkrun, vmmHelper, networkProcess, sharePreload, seccompCompiler }: RuntimeFiles,
  kvm: boolean,
  loader = LOADER,
): Promise<Check[]> {
  if (!(await isUsable(loader, constants.X_OK)))
    return [
      problem("libraries", "this system has no glibc, which box's native parts need", {
        advice: "run box on a distribution with glibc, such as Debian",
      }),
    ];
  const layerHelper = join(dirname(vmmHelper), "box-layer");
  const files = [
    vmmHelper,
    layerHelper,
    seccompCompiler,
    networkProcess,
    sharePreload,
    ...(kvm ? [libkrun] : []),
  ];
  const exists = await Promise.all(files.map((file) => isUsable(file)));
  const checks = await Promise.all(
    files
      .filter((_, index) => exists[index])
      .map(async (file) => ({ file, missing: await missingOf(file, loader) })),
  );
  const flawed = checks.filter(({ missing }) => missing.length > 0);
  if (flawed.length === 0) return [ok("libraries", "all libraries of box's native parts are available")];
  return flawed.flatMap(({ file, missing }) =>
    missing.map((library) => {
      const part = partOfLibrary(library);
      return problem(
        "libraries",
        `${library}, which ${file} needs, is missing`,
        part ? installing(distribution, part) : { advice: `install the package that provides ${library}` },
      );
    }),
  );
}
