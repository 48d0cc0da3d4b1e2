import type { Command } from "commander";
import { BoxError } from "../errors.js";
import { checkVerify } from "../oci/images.js";
import { checkName, newBoxId } from "../vm/box/create.js";
import { randomName } from "../vm/box/random-name.js";
import { checkOrder, type Order } from "../engine/boxes/check.js";
import { forgetImage } from "../engine/images/obtain.js";
import { checkAvailable } from "./flags/available.js";
import { addBoxFlags, resolveBox } from "./flags/box-flags.js";
import type { BoxFlags } from "./flags/given.js";
import { checkCidFile, createCidFile } from "./flags/cid-file.js";
import { obtainImage } from "./obtain-image.js";
import { printLine } from "./output/print.js";
import { currentHome, currentStore } from "./store.js";

/** Gives a command the arguments and flags that say what a box is. */
export function addOrder(command: Command): Command {
  return addBoxFlags(command)
    .usage("[FLAGS] IMAGE [FLAGS] [COMMAND [ARG...]]")
    .argument("[image]", "image reference, such as nginx:alpine")
    .argument("[command...]", "replaces the image's command");
}

/** Checks what a command checks before it looks for the image. @throws BoxError */
async function checkDry(order: Omit<Order, "getImage">, flags: BoxFlags, run: boolean): Promise<void> {
  if (flags.cidfile !== undefined) checkCidFile(flags.cidfile);
  await checkVerify(currentStore(), order.config.image, flags.verify);
  try {
    await checkOrder(currentHome(), order, run);
  } catch (error) {
    // A configuration can be looked at where nothing can run.
    if (!(error instanceof BoxError) || error.code !== "engine-missing") throw error;
  }
}

/** What a command makes of an order. */
interface Deed<T> {
  /** Makes the box, and starts it if that is wanted. */
  act: (order: Order) => Promise<T>;
  /** Whether `act` starts it. */
  run: boolean;
  /** Called when the image is there, before anything of the box is. */
  onImage?: () => void;
}

/**
 * Carries out what a command line asks for.
 * @returns the box's id and what `act` returned; undefined when it was a dry run
 * @throws BoxError; nothing of the box is left then.
 */
export async function carryOut<T>(
  image: string | undefined,
  words: readonly string[],
  flags: BoxFlags,
  { act, run, onImage }: Deed<T>,
): Promise<{ id: string; order: Order; result: T } | undefined> {
  const name = flags.name ?? randomName();
  checkName(name);
  const { config, options } = await resolveBox(image, words, flags);
  checkAvailable(config);
  const id = newBoxId();
  const wishes = { config, options, identity: { id, name }, chosen: flags.vmm };
  if (flags.dryRun) {
    await checkDry(wishes, flags, run);
    printLine(JSON.stringify(config, undefined, 2));
    return undefined;
  }
  const cidFile = flags.cidfile === undefined ? undefined : await createCidFile(flags.cidfile);
  const getImage: Order["getImage"] = async (onPending) => {
    const found = await obtainImage(config.image, {
      pull: flags.pull ?? "missing",
      quiet: flags.quiet ?? false,
      cache: config.cache,
      box: id,
      verify: flags.verify,
      onPending,
    });
    cidFile?.keep();
    onImage?.();
    return found;
  };
  const order: Order = { ...wishes, getImage };
  try {
    const result = await act(order);
    await cidFile?.write(id);
    return { id, order, result };
  } catch (error) {
    await cidFile?.abandon();
    await forgetImage(currentHome(), config.cache, id);
    throw error;
  }
}
