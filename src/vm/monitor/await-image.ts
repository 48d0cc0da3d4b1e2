import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { boxFiles } from "../box/files.js";
import { removeBox } from "../box/remove.js";
import type { BoxRecord } from "../box/record.js";
import { removeAnonymous } from "../volume/anonymous.js";
import { readMessage } from "../protocol/control/read-message.js";
import type { BoxVm } from "./vm.js";
import type { Home } from "../../host/home.js";

/**
 * Waits until the image is available.
 * @param command the conversation with the command that pulls it
 * @returns false if the command has disconnected or given up
 */
export async function awaitImage(command: Socket): Promise<boolean> {
  return (await readMessage(command)) !== undefined;
}

/** Removes the pending disk's files; the VM has them open and no longer needs their names. */
export function releasePendingDisk(folder: string): void {
  void rm(boxFiles(folder).pending, { recursive: true, force: true }).catch(() => undefined);
}

/** Ends the VM and removes a box that has never run. */
export async function giveUp(home: Home, folder: string, record: BoxRecord, vm: BoxVm): Promise<void> {
  vm.end();
  await removeBox(home, folder, record.name);
  await removeAnonymous(home, record);
}
