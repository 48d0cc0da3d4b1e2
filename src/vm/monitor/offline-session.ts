import { boxFiles, offlineSessionSocket } from "../box/files.js";
import { removeSockets } from "../box/sockets.js";
import { isCleanlyUnmounted } from "../box/cleanly-unmounted.js";
import { removeGroup } from "../limits/group.js";
import type { Requests } from "./clients.js";
import { NOT_RUNNING, notReady, STARTING } from "./not-ready.js";
import { explainDeath, type Failure } from "./failure.js";
import { openGuest } from "./guest.js";
import type { Supervised } from "./supervise.js";
import { log, orLog } from "./log.js";
import type { Home } from "../../host/home.js";

/** How long the guest may take to write back data, in milliseconds. */
const WRITE_BACK_MS = 60_000;

const nothing = () => undefined;

/** Ignores requests that apply only to a running box. */
const IGNORED: Requests = {
  ...{ onAttach: nothing, onDetach: nothing, onSignal: nothing, onStop: nothing, onStdin: nothing },
  onExtend: () => false,
  onNetworks: () => Promise.resolve({ code: "not-ready", message: NOT_RUNNING }),
  onNames: () => Promise.resolve(undefined),
  ...{ onResize: nothing, onOpen: (_what, events) => notReady(events, STARTING) },
};

/**
 * Supervises an offline session of a box that is not running: a VM with its disks that runs only the agent, for a
 * command that reads or writes files. It ends when that command requests it or disconnects. The box's state does not
 * change.
 * @param layer the writable layer attached to the VM
 */
export async function watchOfflineSession(
  home: Home,
  around: Omit<Supervised, "before" | "filter" | "networks">,
  layer: string,
): Promise<void> {
  const { folder, record, vm } = around;
  let ready = false;
  let end: (failure?: Failure) => void = nothing;
  const ended = new Promise<Failure | undefined>((resolve) => (end = resolve));
  const clients = around.openClients({
    ...IGNORED,
    onOpen: (what, events) => {
      if (what.role !== "archive" && what.role !== "copy") return notReady(events, NOT_RUNNING);
      return ready ? guest.open(what, events) : notReady(events, STARTING);
    },
    onStop: () => end(),
  });
  const guest = openGuest(
    home,
    vm.link,
    record,
    { filter: null, offline: true },
    {
      onConfigured: () => {
        ready = true;
        around.onStarted();
        clients.announce({ event: "started" });
      },
      onOutput: nothing,
      onExit: nothing,
      onFailure: end,
      lastWords: vm.console.lastWords,
    },
  );
  clients.add(around.command);
  around.command.once("close", () => end());
  process.once("SIGTERM", () => end());
  const died = Promise.all([guest.closed, vm.console.ended]).then(() =>
    explainDeath(vm.console.lastWords(), ready),
  );
  void died.then(end);

  /** Changes count only once the guest has written them back. */
  const writeBack = async (): Promise<Failure | undefined> => {
    if (!ready) return undefined;
    guest.shutDown();
    setTimeout(vm.end, WRITE_BACK_MS).unref();
    const death = await died;
    return (await isCleanlyUnmounted(layer)) ? undefined : death;
  };
  let failure = await ended;
  if (!failure) failure = await writeBack();
  vm.end();
  await vm.console.ended;
  log("info", failure ? `the offline session failed: ${failure.message}` : "the offline session ended");
  const used = [removeSockets(home, offlineSessionSocket(record.id)), removeGroup(boxFiles(folder).cgroup)];
  await Promise.all(used.map(orLog));
  around.unlock();
  clients.announce(
    failure ? { event: "failed", ...failure } : { event: "exited", exitCode: 0, oomKilled: false },
  );
  await clients.close();
}
