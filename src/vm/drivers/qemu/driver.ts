import { delimiter, join } from "node:path";
import { isUsable } from "../../../host/read.js";
import { isAtLeast } from "../../../host/version.js";
import { userNetwork } from "../../../net/guest-network.js";
import {
  bridgeArguments,
  diskArguments,
  socketArguments,
  volumeArguments,
  type Driver,
  type Start,
  type VmSpec,
} from "../driver.js";
import { LAYER_MARK } from "../../template/files.js";
import { BINARY, commandLine, MTU } from "./machine.js";
import { versionOf } from "./version.js";

/** A version that continues VMs with the device of volumes. Those before 8.2 refuse to, and none in between was tried. */
const LEAST_FOR_VOLUMES = "10.0";

async function findProgram(searchPath: string): Promise<string | undefined> {
  const paths = searchPath.split(delimiter).map((folder) => join(folder, BINARY));
  const usable = await Promise.all(paths.map((path) => isUsable(path)));
  return paths.find((_, index) => usable[index]);
}

/** QEMU's microvm machine with emulation (TCG): runs without KVM. */
export const qemu: Driver = {
  name: "qemu",
  bootLimitMs: 180_000,
  emulates: true,
  probe: async ({ searchPath }) => {
    if ((await findProgram(searchPath)) !== undefined) return { usable: true };
    return {
      usable: false,
      reason: `${BINARY} is not installed`,
      hint: "install QEMU for x86-64",
    };
  },
  guestNetwork: ({ network }) => (network === "none" ? null : userNetwork()),
  vmmArguments,
  templates: {
    findProgram: ({ searchPath }) => findProgram(searchPath),
    obstacle: async ({ volumes }, program, templates) => {
      if (volumes.length === 0) return undefined;
      const version = await versionOf(program, join(templates, "qemu-version"));
      if (isAtLeast(version, LEAST_FOR_VOLUMES)) return undefined;
      return `it has volumes, and QEMU ${version} cannot continue their device (${LEAST_FOR_VOLUMES} can)`;
    },
    freezeArguments: (spec) => {
      const { kernel, bootDisk, memoryPreload } = spec.runtimeFiles;
      const files = ["--memory-preload", memoryPreload, "--kernel", kernel, "--disk", "ro", "raw", bootDisk];
      const layer = spec.blankLayer ? ["--disk", "rw", "raw", LAYER_MARK] : [];
      return [...files, ...layer, "--", ...commandLine(spec, { kind: "freeze" })];
    },
  },
};

function vmmArguments(spec: VmSpec, start: Start): string[] {
  const { runtimeFiles, volumes } = spec;
  return [
    "qemu",
    ...["--memory-preload", runtimeFiles.memoryPreload],
    ...(start.kind === "thaw" ? ["--thaw", start.folder, start.made] : []),
    ...diskArguments(spec),
    ...(volumes.length === 0
      ? []
      : ["--virtiofsd", runtimeFiles.virtiofsd, "--share-preload", runtimeFiles.sharePreload]),
    ...volumeArguments(volumes),
    ...socketArguments(spec),
    ...(spec.network === "none" ? [] : bridgeArguments(runtimeFiles, MTU)),
    "--",
    ...commandLine(spec, start),
  ];
}
