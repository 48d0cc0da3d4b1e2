import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { explainAppArmor } from "./apparmor.js";
import type { RuntimeFiles } from "../runtime-files.js";

/** One of the layers between a virtual machine monitor and its host (docs/vmm-helper.md). */
export interface Layer {
  name: string;
  holds: boolean;
  /** Why it does not hold. */
  reason?: string;
}

/** Reads what `box-vmm layers` prints: name, yes or no, reason. */
export function parseLayers(text: string): Layer[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [name = "", holds, reason = ""] = line.split("\t");
    return { name, holds: holds === "yes", ...(reason === "" ? {} : { reason }) };
  });
}

/**
 * Adds the cure to layers that do not hold.
 * @param root where this host's /proc and /etc are
 */
export async function explainLayers(layers: Layer[], vmmHelper: string, root = "/"): Promise<Layer[]> {
  // Root needs no user namespace, and AppArmor does not restrict it.
  if (layers.find(({ name }) => name === "own-root")?.holds !== false) return layers;
  const reason = await explainAppArmor(vmmHelper, root);
  if (reason === undefined) return layers;
  return layers.map((layer) => (layer.name === "user-namespace" ? { ...layer, reason } : layer));
}

/** Tests which layers of the jail hold on this host for this user. */
export async function probeLayers({ vmmHelper }: RuntimeFiles): Promise<Layer[]> {
  const { stdout } = await promisify(execFile)(vmmHelper, ["layers"]);
  return explainLayers(parseLayers(stdout), vmmHelper);
}
