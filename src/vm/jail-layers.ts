import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Engine } from "./engine.js";

/** One of the layers between a virtual machine monitor and its host (docs/vmm-helper.md). */
export interface Layer {
  name: string;
  holds: boolean;
  /** Why it does not. */
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

/** Tries out which layers of a jail hold on this host, for this user. */
export async function probeLayers({ vmmHelper }: Engine): Promise<Layer[]> {
  const { stdout } = await promisify(execFile)(vmmHelper, ["layers"]);
  return parseLayers(stdout);
}
