import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BoxConfig } from "../../../../src/config/box-config.js";
import { BoxOptions } from "../../../../src/config/box-options.js";
import { openEngine, type Engine } from "../../../../src/engine/engine.js";
import type { Home } from "../../../../src/host/home.js";
import { createBox } from "../../../../src/vm/box/create.js";
import { boxFiles } from "../../../../src/vm/box/files.js";
import type { BoxRecord } from "../../../../src/vm/box/record.js";
import { writeState } from "../../../../src/vm/box/state.js";
import { boxRecord } from "../../vm/record.js";

/** Lock files of the boxes that are running. */
export const held = new Set<string>();

export function recordOf(name: string, network: string, options: object = {}): BoxRecord {
  return boxRecord(name, {
    config: BoxConfig.parse({ image: "x", network }),
    options: BoxOptions.parse(options),
  });
}

export const refusing = (code: string) => ({ code });

/** A home without images, whose boxes never run. */
export interface Place {
  folder: string;
  home: Home;
  engine: Engine;
  warnings: string[];
  /** Creates a box that has not been started. */
  makeBox: (name: string, network: string, options?: object) => Promise<BoxRecord>;
  /** Makes a box one that is running. */
  pretendRunning: (box: BoxRecord, addresses?: object) => Promise<void>;
  remove: () => Promise<void>;
}

export async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "box-networks-"));
  const home = { folder, env: { BOX_HOME: folder, BOX_RUNTIME: join(folder, "run") } };
  const warnings: string[] = [];
  const engine = openEngine({
    home: folder,
    runtime: join(folder, "run"),
    onWarning: (line) => void warnings.push(line),
  });
  return {
    ...{ folder, home, engine, warnings },
    makeBox: async (name, network, options) => {
      const record = recordOf(name, network, options);
      await createBox(home, record, () => Promise.resolve());
      return record;
    },
    pretendRunning: async ({ id }, addresses = {}) => {
      const at = join(folder, "boxes", id);
      held.add(boxFiles(at).lock);
      const startedAt = new Date().toISOString();
      await writeState(at, { status: "running", startedAt, addresses: addresses as never });
    },
    remove: async () => {
      held.clear();
      await rm(folder, { recursive: true });
    },
  };
}
