import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readPlaces, type Membership, type NamesOn, type NetworkPlace } from "../../net/membership.js";
import { networkArguments, renameArguments } from "../network-arguments.js";
import type { NetworkChange } from "../protocol/control/wire.js";
import type { Task } from "../protocol/guest/messages.js";
import type { Failure } from "./failure.js";
import { log } from "./log.js";
import { toExitCode, type SessionEvents } from "./session.js";

/** A guest that takes longer must not keep other networks from being changed, in milliseconds. */
const AGENT_MS = 30_000;
/** Maximum length of the quoted output of agent and helper, in characters. */
const MOST_CHARACTERS = 1000;

/** The networks of a running box, which commands can change. */
export interface Networks {
  /** Enters or leaves a network; one change at a time. @returns why it failed */
  change: (change: NetworkChange) => Promise<Failure | undefined>;
  /** Replaces the box's names on the networks that it is on. @returns why it failed */
  rename: (names: readonly NamesOn[]) => Promise<Failure | undefined>;
}

interface Around {
  id: string;
  name: string;
  /** The interface of all networks in the guest. */
  interface: string;
  /** The switch's socket; undefined: the VM has no interface for networks. */
  socket: string | undefined;
  /** The box's places when it started, by network. */
  places: Record<string, NetworkPlace>;
  openTask: (task: Task, events: SessionEvents) => unknown;
  /** Records the places; resolves when other commands can see them. */
  onChange: (places: Record<string, NetworkPlace>) => Promise<unknown>;
}

const failed = (message: string): Failure => ({ code: "network-failed", message });

class Refused extends Error {
  override name = "Refused";
}

/** Has the helper talk to the switch. @returns its output @throws Refused */
function askSwitch(words: string[]): Promise<string> {
  const helper = fileURLToPath(new URL("native/box-vmm", import.meta.url));
  const child = spawn(helper, ["change", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => (output[stream] += text));
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Refused(error.message)));
    child.once("close", (code) => {
      if (code === 0) resolve(output.stdout);
      else reject(new Refused(output.stderr.trim().replace(/^box-vmm: /, "")));
    });
  });
}

/** Tracks the networks of a running box. Its interface has been there since the start; its addresses come and go. */
export function watchNetworks(around: Around): Networks {
  const { id, name, socket, openTask, onChange } = around;
  const member = ["--switch", socket ?? "", "--member", id];
  let places = around.places;
  let last: Promise<unknown> = Promise.resolve();

  /** @throws Refused */
  function configureGuest(action: "add" | "remove", { address, gateway }: NetworkPlace): Promise<void> {
    const task: Task = {
      ...{ kind: "network", action, interface: around.interface },
      ...{ address, server: gateway },
    };
    let said = "";
    return new Promise((resolve, reject) => {
      const refuse = (why: string) =>
        reject(new Refused(`the guest agent cannot change its network: ${why.slice(0, MOST_CHARACTERS)}`));
      const limit = setTimeout(refuse, AGENT_MS, "it does not respond");
      openTask(task, {
        onOutput: (_stream, data, acknowledge) => {
          if (said.length < MOST_CHARACTERS) said += data.toString();
          acknowledge(data.length);
        },
        onExit: (exit) => {
          clearTimeout(limit);
          if (toExitCode(exit) === 0) resolve();
          else refuse(said.trim());
        },
        onFailure: ({ message }) => {
          clearTimeout(limit);
          refuse(message);
        },
      });
    });
  }

  async function enter(membership: Membership): Promise<void> {
    const { network, key } = membership;
    const { [network]: place } = readPlaces(await askSwitch([...member, ...networkArguments(membership)]), [
      network,
    ]);
    if (place === undefined) return;
    try {
      await configureGuest("add", place);
    } catch (error) {
      await askSwitch([...member, "--leave", key]).catch(() => undefined);
      throw error;
    }
    places = { ...places, [network]: place };
  }

  /** The switch passes no more frames, whatever the guest does. */
  async function leave({ network, key }: { network: string; key: string }): Promise<void> {
    const { [network]: place, ...others } = places;
    // A command that was killed may have left a record of a network that the box is not on.
    await askSwitch([...member, "--leave", key, "--label", network]).catch((error: unknown) => {
      if (place !== undefined) throw error;
    });
    places = others;
    if (place === undefined) return;
    await configureGuest("remove", place).catch((error: unknown) => log("warn", String(error)));
  }

  async function perform(change: NetworkChange): Promise<Failure | undefined> {
    if (socket === undefined) {
      const message = `container ${name} was started without networks, so it has no interface for them`;
      return { code: "no-interface", message, hint: "stop it first, and start it again afterwards" };
    }
    try {
      if (change.leave) await leave(change.leave);
      if (change.enter) await enter(change.enter);
      return undefined;
    } catch (error) {
      if (error instanceof Refused) return failed(error.message);
      throw error;
    } finally {
      await onChange(places);
    }
  }

  /** The guest does not know its box's name, so the switch alone has to change it. */
  async function rename(names: readonly NamesOn[]): Promise<Failure | undefined> {
    const present = names.filter(({ network }) => Object.hasOwn(places, network));
    if (present.length === 0) return undefined;
    try {
      await askSwitch([...member, ...present.flatMap(renameArguments)]);
      return undefined;
    } catch (error) {
      if (error instanceof Refused) return failed(error.message);
      throw error;
    }
  }

  function inTurn(act: () => Promise<Failure | undefined>): Promise<Failure | undefined> {
    const result = last.then(act);
    last = result.catch(() => undefined);
    return result;
  }

  return {
    change: (change) => inTurn(() => perform(change)),
    rename: (names) => inTurn(() => rename(names)),
  };
}
