import type { Console } from "./console.js";
import { endVmm } from "./end-vmm.js";
import type { GuestLink } from "./guest-link.js";
import { log } from "./log.js";

/** A VMM that was started, and the streams of its guest. */
export interface Vm {
  /** The process that supervises it, a child of this one. */
  pid: number;
  link: GuestLink;
  console: Console;
}

/** The VM of a box. */
export interface BoxVm {
  /** Final once the guest has answered. */
  pid: () => number;
  link: GuestLink;
  console: Console;
  /** Kills the VMM. */
  end: () => void;
}

/** A replacement for a VM whose guest does not wake up. */
export interface SecondStart {
  /** Resolves to the reason why the VM cannot be used, or to undefined once its guest has answered. */
  failure: Promise<string | undefined>;
  /** Boots a VM. Called when the first one has ended. */
  boot: (reason: string) => Promise<Vm>;
}

const only = ({ pid, link, console }: Vm): BoxVm => ({
  pid: () => pid,
  link,
  console,
  end: () => endVmm(pid),
});

/**
 * Returns the VM of a box: `first`, or another one if that does not wake up. Nothing is sent to a guest before it answers,
 * so nobody notices the change.
 */
export function boxVm(first: Vm, second?: SecondStart): BoxVm {
  if (!second) return only(first);
  const now = { vm: first, ended: false };
  const isEnded = () => now.ended;

  async function replace(reason: string, boot: SecondStart["boot"]): Promise<void> {
    endVmm(first.pid);
    await first.console.ended;
    if (isEnded()) return;
    now.vm = await boot(reason);
    if (isEnded()) endVmm(now.vm.pid);
  }

  const chosen = second.failure
    .then((reason) => (reason === undefined || isEnded() ? undefined : replace(reason, second.boot)))
    .catch((error: unknown) => log("error", `cannot boot instead: ${String(error)}`))
    .then(() => now.vm);
  return {
    pid: () => now.vm.pid,
    link: {
      agent: () => now.vm.link.agent(),
      greeted: chosen.then(({ link }) => link.greeted),
      ping: (before) => chosen.then(({ link }) => link.ping(before)),
      take: (owner) => void chosen.then(({ link }) => link.take(owner)),
      closed: chosen.then(({ link }) => link.closed),
    },
    console: {
      lastWords: () => now.vm.console.lastWords(),
      ended: chosen.then(({ console }) => console.ended),
      save: (files) => now.vm.console.save(files),
    },
    end: () => {
      now.ended = true;
      endVmm(now.vm.pid);
    },
  };
}
