import { boxFiles, offlineSessionSocket } from "../box/files.js";
import { removeSockets } from "../box/sockets.js";
import { isCleanlyUnmounted } from "../box/cleanly-unmounted.js";
import { removeGroup } from "../limits/group.js";
import type { Requests } from "./clients.js";
import { endVmm } from "./end-vmm.js";
import { explainDeath, type Failure } from "./failure.js";
import { openGuest } from "./guest.js";
import type { Supervised } from "./supervise.js";
import { log, orLog } from "./log.js";
import type { Home } from "../../host/home.js";

/** How long the guest has to write back what was put into it, in milliseconds. */
const WRITE_BACK_MS = 60_000;

const nothing = () => undefined;

/** What commands ask of a box that runs. */
const REFUSED: Requests = {
  ...{ onAttach: nothing, onDetach: nothing, onSignal: nothing, onStop: nothing, onStdin: nothing },
  onExtend: () => false,
  ...{ onResize: nothing, onOpen: nothing },
};

/**
 * Watches over an offline session of a box that does not run: a VM with its disks in which nothing runs but the agent, for a command
 * that reads or makes files. It ends when that command says so, or goes. Of the box's state nothing changes.
 * @param layer that the VM has
 */
export async function watchOfflineSession(
  home: Home,
  around: Omit<Supervised, "before" | "filter" | "address">,
  layer: string,
): Promise<void> {
  const { folder, record, console } = around;
  let ready = false;
  let end: (failure?: Failure) => void = nothing;
  const ended = new Promise<Failure | undefined>((resolve) => (end = resolve));
  const clients = around.openClients({
    ...REFUSED,
    onOpen: (what, events) =>
      ready && (what.role === "archive" || what.role === "copy") ? guest.open(what, events) : undefined,
    onStop: () => end(),
  });
  const guest = openGuest(
    home,
    around.link,
    record,
    { filter: null, offline: true },
    {
      onConfigured: () => {
        ready = true;
        clients.announce({ event: "started" });
      },
      onOutput: nothing,
      onExit: nothing,
      onFailure: end,
      lastWords: console.lastWords,
    },
  );
  clients.add(around.command);
  around.command.once("close", () => end());
  process.once("SIGTERM", () => end());
  const died = Promise.all([guest.closed, console.ended]).then(() =>
    explainDeath(console.lastWords(), ready),
  );
  void died.then(end);

  /** What was put into the box counts when the guest has written it back. */
  const writeBack = async (): Promise<Failure | undefined> => {
    if (!ready) return undefined;
    guest.shutDown();
    setTimeout(endVmm, WRITE_BACK_MS, around.vmmPid).unref();
    const death = await died;
    return (await isCleanlyUnmounted(layer)) ? undefined : death;
  };
  let failure = await ended;
  if (!failure) failure = await writeBack();
  endVmm(around.vmmPid);
  await console.ended;
  log("info", failure ? `the offline session failed: ${failure.message}` : "the offline session is over");
  const used = [removeSockets(home, offlineSessionSocket(record.id)), removeGroup(boxFiles(folder).cgroup)];
  await Promise.all(used.map(orLog));
  around.unlock();
  clients.announce(
    failure ? { event: "failed", ...failure } : { event: "exited", exitCode: 0, oomKilled: false },
  );
  await clients.close();
}
