import type { Socket } from "node:net";
import { readRecordFileSync } from "../../host/read.js";
import { boxFiles } from "../box/files.js";
import type { BoxRecord } from "../box/record.js";
import type { IdleRequest } from "../protocol/control/claim.js";
import type { LaunchRequest, SentLaunchRequest } from "../protocol/control/launch-request.js";
import { readMessage } from "../protocol/control/read-message.js";
import { CONTROL_VERSION } from "../protocol/control/table.js";
import { NewerRequest } from "./request.js";

/**
 * Waits until a command assigns this monitor to a box.
 * @returns undefined if the command has disconnected without doing so
 * @throws NewerRequest; Error if the first message is something else, for example from another version of box
 */
export async function waitForLaunchRequest(command: Socket): Promise<LaunchRequest | undefined> {
  const message = await readMessage(command);
  if (message === undefined) return undefined;
  const { op, version, record, ...request } = (message ?? {}) as Partial<SentLaunchRequest>;
  if (op !== "launch" || typeof version !== "number") throw new Error("not a launch request");
  if (version > CONTROL_VERSION) throw new NewerRequest(`launch request with version ${version}`);
  const { folder } = request;
  if (typeof folder !== "string") throw new Error("launch request without a box");
  // The command has validated it; the schema is not loaded here.
  const stored = () => JSON.parse(readRecordFileSync(boxFiles(folder).record).toString()) as BoxRecord;
  return { ...request, folder, record: record ?? stored() };
}

/** Waits until the pool's keeper has said how the VM was started, and what for. @throws Error if it has ended */
export async function waitForIdleRequest(keeper: Socket): Promise<IdleRequest> {
  const message = (await readMessage(keeper)) as IdleRequest | undefined;
  // The keeper is the same version of box.
  if (message?.op !== "idle") throw new Error("not an idle request");
  return message;
}
