import { join } from "node:path";
import { rotationOf } from "../../config/spec/lasting.js";
import { visible } from "../../config/syntax/visible.js";
import type { Home } from "../../host/home.js";
import { runtimeFolder } from "../../host/runtime-folder.js";
import { timerMs } from "../../host/timer.js";
import type { NetworkPlace } from "../../net/membership.js";
import { boxFiles, sidecarSocket } from "../box/files.js";
import type { BoxRecord } from "../box/record.js";
import { FOR_SIDECAR } from "../protocol/guest/frames.js";
import type { LastWords } from "./console.js";
import type { Failure } from "./failure.js";
import { openGuest, type Guest, type Open } from "./guest.js";
import type { GuestLink } from "./guest-link.js";
import { check } from "./health.js";
import { log } from "./log.js";
import { notReady } from "./not-ready.js";
import { NO_LOG, openOutputLog } from "./output-log.js";
import { planRestart } from "./restart.js";
import { defaultFilter } from "./seccomp-filter.js";
import { serveSidecar } from "./sidecar-socket.js";
import type { GuestExit } from "./session.js";
import { splitLink, type SplitLink } from "./split-link.js";

/** A box whose guest may have a sidecar. */
interface Of {
  home: Home;
  folder: string;
  record: BoxRecord;
  /** The box's places on its named networks, by name. */
  places: Record<string, NetworkPlace>;
  lastWords: () => LastWords;
  /** The sidecar is ready for the first time. */
  onReady: () => void;
  /** It has failed before that. */
  onFailure: (failure: Failure) => void;
}

interface Given extends Of {
  sidecar: NonNullable<BoxRecord["sidecar"]>;
  link: SplitLink;
}

export interface Sidecar {
  /** Called once the guest is configured. */
  start: () => void;
  /** Starts a program beside the sidecar's. */
  open: Open;
  /** Called when the box ends, and the sidecar with it. */
  end: () => void;
}

/** Interval of the health checks until one succeeds, in milliseconds. */
const CHECK_MS = 500;
/** Bytes of output that an explanation quotes. */
const QUOTED_BYTES = 200;

const NOT_RUNNING = "the sidecar is not running";

/** The box, as its sidecar is in it: with the same network, and without anything that belongs to the workload. */
function recordOf(record: BoxRecord, { process }: Given["sidecar"]): BoxRecord {
  const { hostname, hosts, resolvConf, network } = record.guest;
  const own = { tmpfs: [], volumes: [], sysctls: [], devices: [], shmBytes: null, pidsLimit: null };
  const plain = { readOnlyRoot: false, openPaths: false, privileged: false };
  return { ...record, process, guest: { hostname, hosts, resolvConf, network, ...own, ...plain } };
}

function describe({ code, signal, oomKilled }: GuestExit): string {
  if (oomKilled) return "was killed because the memory ran out";
  return signal === undefined ? `exited with code ${code}` : `was killed by signal ${signal}`;
}

/** Returns the stream of a box's own guest, and its sidecar if it has one. */
export function withSidecar(link: GuestLink, of: Of): { link: GuestLink; sidecar?: Sidecar } {
  const { sidecar } = of.record;
  if (!sidecar) return { link };
  const split = splitLink(link);
  return { link: split.own, sidecar: watchSidecar({ ...of, sidecar, link: split }) };
}

/** Starts the sidecar of a box, waits until it is ready, and starts it again whenever it has ended. */
function watchSidecar(given: Given): Sidecar {
  const { home, folder, record, sidecar, link } = given;
  const { vsockPort: port = 0 } = record.config.sidecar ?? {};
  const redirectTo = record.options.sidecarProxy === "transparent" ? port : 0;
  const output =
    record.options.logDriver === "none"
      ? NO_LOG
      : openOutputLog(boxFiles(folder).sidecarLog, rotationOf(record.options), (error) =>
          log("error", `output of the sidecar lost: ${String(error)}`),
        );
  let guest: Guest | undefined;
  let isReady = false;
  let over = false;
  let lastOutput = Buffer.alloc(0);
  let before: { restartCount?: number; backoffMs?: number } = {};
  let closeSocket: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;

  function fail(why: string): void {
    if (over || isReady) return;
    const last = lastOutput.toString().trimEnd().split("\n").at(-1) ?? "";
    const quoted = last === "" ? "" : `; its last output: ${visible(last)}`;
    given.onFailure({ code: "sidecar-failed", message: `the sidecar ${why}${quoted}` });
  }

  const open: Open = (what, events) => guest?.open(what, events) ?? notReady(events, NOT_RUNNING);

  function becomeReady(): void {
    if (over || isReady) return;
    isReady = true;
    clearTimeout(timer);
    log("info", "the sidecar is ready");
    const path = join(runtimeFolder(home), sidecarSocket(record.id));
    closeSocket = serveSidecar(path, (events) =>
      open({ role: "dial", dial: { kind: "connect", port } }, events),
    );
    given.onReady();
  }

  async function awaitHealth(how: NonNullable<typeof sidecar.health>): Promise<void> {
    while (!over && !isReady) {
      const { exitCode } = await check(how, open);
      if (exitCode === 0) {
        becomeReady();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, CHECK_MS).unref());
    }
  }

  /** Waits until it is ready for the first time. */
  function awaitReady(): void {
    if (isReady) return;
    if (sidecar.health) {
      void awaitHealth(sidecar.health);
      return;
    }
    open(
      { role: "dial", dial: { kind: "await", port } },
      {
        onOutput: (_stream, data, acknowledge) => acknowledge(data.length),
        onExit: ({ code, signal }) => {
          if (code === 0 && signal === undefined) becomeReady();
        },
        onFailure: ({ message }) => fail(`could not be asked whether it is ready: ${message}`),
      },
    );
  }

  function run(): void {
    const startedAt = Date.now();
    const second = link.startSidecar({ offset: sidecar.offset, redirectTo });
    const finish = (how: string, why = `${how} before it was ready`) => {
      fail(why);
      log("info", `the sidecar ${how}`);
      link.endSidecar();
    };
    const started = openGuest(
      home,
      second,
      recordOf(record, sidecar),
      { filter: defaultFilter(), places: given.places, mark: FOR_SIDECAR },
      {
        onStarted: awaitReady,
        onOutput: (stream, data, acknowledge) => {
          output.append(stream, data);
          if (!isReady) lastOutput = Buffer.concat([lastOutput, data]).subarray(-QUOTED_BYTES);
          acknowledge(data.length);
        },
        onExit: (exit) => finish(describe(exit)),
        onFailure: ({ message }) =>
          finish(`could not be started: ${message}`, `could not be started: ${message}`),
        lastWords: given.lastWords,
      },
    );
    guest = started;
    void second.closed.then(() => {
      guest = undefined;
      if (over) return;
      fail("ended before it was ready");
      const end = { exitCode: 1, stopped: false, uptimeMs: Date.now() - startedAt };
      before = planRestart({ policy: "always", maxRetries: 0 }, end, before) ?? before;
      log("info", `restarting the sidecar in ${before.backoffMs ?? 0} ms`);
      timer = setTimeout(run, before.backoffMs);
    });
  }

  return {
    start: () => {
      const seconds = sidecar.readyLimitMs / 1000;
      const why = sidecar.health ? "its health check did not succeed" : `port ${port} took no connection`;
      timer = setTimeout(
        () => fail(`was not ready within ${seconds} s: ${why}`),
        timerMs(sidecar.readyLimitMs),
      );
      run();
    },
    open,
    end: () => {
      over = true;
      clearTimeout(timer);
      closeSocket();
      output.close();
    },
  };
}
