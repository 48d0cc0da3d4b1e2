import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Home } from "../../host/home.js";
import { boxFiles, controlSocket } from "../box/files.js";
import { removeSockets } from "../box/sockets.js";
import { removeGroup } from "../limits/group.js";
import { encodeIdleEvent, type ClaimRequest, type IdleEvent } from "../protocol/control/claim.js";
import { readMessage } from "../protocol/control/read-message.js";
import { CONTROL_VERSION } from "../protocol/control/table.js";
import { explainDeath } from "./failure.js";
import type { Listener } from "./listener.js";
import { log, orLog } from "./log.js";
import type { BoxVm } from "./vm.js";

/** A VM of a pool, which has no box yet. */
export interface IdleVm {
  /** Its directory in the pool's; a command that claims the VM makes it the directory of a box. */
  folder: string;
  vm: BoxVm;
  /** Sent to the agent before the VM counts as idle. */
  rehearsal: Buffer;
  listener: Listener;
  /** The connection to the pool's keeper. */
  keeper: Socket;
  /** Called when the guest has started. */
  onStarted: () => void;
}

/** How long the agent may take to answer, in milliseconds: long enough for a loaded host. */
const ANSWER_MS = 5_000;

async function readClaim(socket: Socket): Promise<boolean> {
  const message = await readMessage(socket).catch(() => undefined);
  const { op, version = 0 } = (message ?? {}) as Partial<ClaimRequest>;
  return op === "claim" && version <= CONTROL_VERSION;
}

/**
 * Waits until a command claims the VM. It has it as soon as the agent has answered it; until then, the VM ends with the
 * pool's keeper.
 * @returns the connection to the command; undefined if the VM is not needed any more, or has failed
 */
export async function awaitClaim({
  vm,
  rehearsal,
  listener,
  keeper,
  onStarted,
}: IdleVm): Promise<Socket | undefined> {
  const { link, console } = vm;
  let conclude: (command?: Socket) => void = () => undefined;
  const concluded = new Promise<Socket | undefined>((resolve) => (conclude = resolve));
  const tell = (to: Socket, event: IdleEvent) => to.write(encodeIdleEvent(event));
  const died = Promise.all([link.closed, console.ended]).then(() => {
    tell(keeper, { event: "failed", ...explainDeath(console.lastWords(), false) });
    conclude();
  });
  keeper.resume().once("close", () => conclude());
  void link.ping(rehearsal).then(() => {
    tell(keeper, { event: "idle", pid: process.pid });
    onStarted();
  });

  let claimed = false;
  const serve = async (command: Socket) => {
    if (!(await readClaim(command)) || claimed) {
      command.destroy();
      return;
    }
    claimed = true;
    const answered = link.ping().then(() => true);
    if (await Promise.race([answered, died.then(() => false), setTimeout(ANSWER_MS, false)])) {
      tell(keeper, { event: "claimed" });
      tell(command, { event: "claimed" });
      conclude(command);
    } else {
      tell(command, {
        event: "failed",
        code: "pool-vm-failed",
        message: "the agent of the VM does not answer",
      });
      conclude();
    }
  };
  listener.take((socket) => void serve(socket));
  const command = await concluded;
  // Conversations that begin from now on are with the box.
  listener.take();
  return command;
}

/** Ends a VM that no command has claimed, and removes its files. */
export async function discardIdle(home: Home, { folder, vm }: IdleVm): Promise<void> {
  log("info", "the VM ends without a box");
  vm.end();
  await vm.console.ended;
  await orLog(removeGroup(boxFiles(folder).cgroup));
  await orLog(removeSockets(home, controlSocket(basename(folder))));
  await orLog(rm(folder, { recursive: true, force: true }));
}
