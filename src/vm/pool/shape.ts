import { stat } from "node:fs/promises";
import { unitOf } from "../../config/unit.js";
import type { BoxSpec } from "../../config/spec.js";
import type { Home } from "../../host/home.js";
import { ipv6Interface } from "../../net/guest-network.js";
import type { Image } from "../../oci/image.js";
import type { Driver, SharedVolume } from "../drivers/driver.js";
import { machineOf } from "../launch.js";
import type { RuntimeFiles } from "../runtime-files.js";

/** Everything about a VM that is fixed when it starts, as text by name. */
export type Shape = Readonly<Record<string, string>>;

/** The requirements of a box that its VM has to meet. */
export interface Wanted {
  spec: BoxSpec;
  driver: Driver;
  runtimeFiles: RuntimeFiles;
  image: Pick<Image, "id">;
}

/** Identifies the content of a file by its metadata: an update of box must not use VMs of the old one. */
async function identityOf(path: string | undefined): Promise<string> {
  if (path === undefined) return "";
  const { dev, ino, size, mtimeMs } = await stat(path);
  return [dev, ino, size, mtimeMs].join(" ");
}

/** The parts of box that run beside a VM, and in it. */
const PARTS = ["monitor", "vmmHelper", "kernel", "bootDisk"] as const;

/** Limits of processes in the box; all others are those of the VM on its host. */
function hostLimits({ resourceLimits }: BoxSpec): object {
  return { ...resourceLimits, ulimits: undefined, pidsLimit: undefined };
}

const NO_VOLUMES: SharedVolume[] = [];

/** Returns the shape of the VM of a box. Two boxes with the same shape can run in each other's VM. */
export async function shapeOf(home: Home, { spec, driver, runtimeFiles, image }: Wanted): Promise<Shape> {
  const [machine, vmm, ...parts] = await Promise.all([
    machineOf(home, {
      ...{ spec, runtimeFiles, imageDisk: "", writableDisk: "", volumes: NO_VOLUMES },
      ports: spec.portMap,
    }),
    driver.templates?.findProgram(runtimeFiles).then(identityOf),
    ...PARTS.map((part) => identityOf(runtimeFiles[part])),
  ]);
  const volumes = spec.mounts.filter(({ kind }) => kind !== "tmpfs").map(({ target }) => target);
  const values = {
    ...{ ...machine, volumes, driver: driver.name, hostLimits: hostLimits(spec) },
    ...{ publishAll: spec.record.publishAll, networks: spec.networks },
    // Not the disk: a push or pull may have given the same image another manifest.
    image: image.id,
    // The network of the VM has it or not, as the host did then; the configuration of the box, as it does now.
    ipv6: ipv6Interface() !== undefined,
    // Callers may differ in their search paths, as long as these lead to the same VMM.
    runtimeFiles: { ...runtimeFiles, searchPath: "" },
    version: [vmm, parts],
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** In messages, by the name of a part of a shape. */
const WORDS: Readonly<Record<string, string>> = {
  vcpus: "CPUs",
  memoryMb: "memory",
  diskMb: "size of the writable layer",
  persistent: "it is kept when it ends",
  ports: "published ports",
  publishAll: "published ports",
  allowHost: "access to this host",
  resolver: "DNS resolver",
  ipv6: "IPv6 of this host",
  logLevel: "log level",
  hostLimits: "limits on the host",
  runtimeFiles: "version of box",
  version: "version of box",
};

/**
 * Returns in which respects a box does not fit the VMs of a pool, in words. A layer that may be kept also serves boxes
 * that do not keep it.
 */
export function misfits(pool: Shape, box: Shape): string[] {
  const names = [...new Set([...Object.keys(pool), ...Object.keys(box)])];
  const differing = names.filter(
    (name) => pool[name] !== box[name] && !(name === "persistent" && pool[name] === "true"),
  );
  return [
    ...new Set(differing.map((name) => (WORDS[name] ?? name) + numbersOf(name, pool[name], box[name]))),
  ];
}

/** Whether the host has changed for all boxes: an image's tag has another image, or IPv6 has come or gone. */
export function isOutdated(pool: Shape, box: Shape): boolean {
  return ["image", "ipv6"].some((name) => pool[name] !== box[name]);
}

/** Shows how much each has, where that is a number. */
function numbersOf(name: string, pool = "", box = ""): string {
  const isNumber = (text: string) => /^\d+$/.test(text);
  return isNumber(pool) && isNumber(box) ? ` (${box}${unitOf(name)}, not ${pool}${unitOf(name)})` : "";
}
