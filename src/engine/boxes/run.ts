import type { Socket } from "node:net";
import { checkOrder, type Order } from "./check.js";
import { launchBox } from "../../vm/launch.js";
import { discardBox, makeBox } from "./create.js";
import type { Ahead } from "./run-ahead.js";
import type { Home } from "../../host/home.js";

type Warn = (line: string) => void;

async function start(...start: Parameters<typeof import("./run-ahead.js").startAhead>): Promise<Ahead> {
  const { startAhead } = await import("./run-ahead.js");
  return startAhead(...start);
}

/**
 * Makes a box and starts it; its VM while its image is still being pulled, if that is so.
 * @param warn hears of what was asked for and does not hold on this host.
 * @returns the conversation with its monitor
 * @throws BoxError; nothing of the box is left then.
 */
export async function runBox(home: Home, order: Order, warn: Warn): Promise<Socket> {
  const checked = await checkOrder(home, order, true);
  let ahead: Promise<Ahead> | undefined;
  const image = await order
    .getImage((pending) => {
      ahead = start(home, checked, pending, warn);
    })
    .catch(async (error: unknown) => {
      await (await ahead)?.abandon();
      throw error;
    });
  const running = await (await ahead)?.complete(image);
  if (running) return running;
  const launch = await makeBox(home, checked, image);
  try {
    return await launchBox(home, launch, warn);
  } catch (error) {
    await discardBox(home, launch);
    throw error;
  }
}
