import { openBoxes, type Boxes } from "./boxes.js";
import { openContext, type EngineOptions } from "./context.js";
import { openImages, type Images } from "./images.js";
import { openNetworks, type Networks } from "./networks.js";
import { openPools, type Pools } from "./pools.js";
import { openSystem, type System } from "./system.js";
import { openVolumes, type Volumes } from "./volumes.js";

export type { EngineOptions } from "./context.js";
export type { Boxes, InspectedBox, TerminalSize } from "./boxes.js";
export type { Created, CreateRequest } from "./boxes/request.js";
export type { Images, PullEvent, PullStep } from "./images.js";
export type { Networks } from "./networks.js";
export type { ListedPool, Pools, PoolStatus } from "./pools.js";
export type { System } from "./system.js";
export type { Volumes } from "./volumes.js";

/** All operations of box. A process may have several engines, which share no state. */
export interface Engine {
  boxes: Boxes;
  images: Images;
  volumes: Volumes;
  networks: Networks;
  pools: Pools;
  system: System;
}

/** Opens an engine. Reads, creates and starts nothing until an operation is called. */
export function openEngine(options: EngineOptions = {}): Engine {
  const context = openContext(options);
  return {
    boxes: openBoxes(context),
    images: openImages(context),
    volumes: openVolumes(context),
    networks: openNetworks(context),
    pools: openPools(context),
    system: openSystem(context),
  };
}
