import type { Settings } from "../config/settings.js";
import type { Event } from "../events/record.js";
import type { Findings } from "../oci/check/check.js";
import type { PullEvent } from "../oci/pull/event.js";
import type { Credential } from "../oci/registry/credentials.js";
import { abortable } from "../host/abort.js";
import { defer, resultsUntil } from "../host/iterate.js";
import type { Context } from "./context.js";
import type { Diagnosis } from "./system/doctor/doctor.js";
import type { CureOptions, Step } from "./system/doctor/cure.js";
import type { Host } from "./system/doctor/host.js";
import type { CheckOptions, RepairedImage } from "./system/check.js";
import type { EventsOptions } from "./system/events.js";
import type { Info } from "./system/info.js";
import type { LoggedIn, LoginOptions } from "./system/login.js";
import type { PruneOptions } from "./prune-filter.js";
import type { PrunedPart, PruneSystemOptions } from "./system/prune.js";
import type { Usage, UsageOptions } from "./system/usage.js";

export type { Credential, Diagnosis, Event, Step };

export type Cures = Pick<
  typeof import("./system/doctor/cure.js"),
  "describeCure" | "describeInstallation" | "stepsOf"
>;

/** The verbs of all that a home holds together, of the host, and of logins. Each loads its own code when it is first called. */
export interface System {
  /** What has happened to boxes, images and volumes, and what happens from here on. */
  events: (options?: EventsOptions) => AsyncIterable<Event>;
  /** The user's settings. @throws BoxError invalid-settings */
  settings: () => Promise<Settings>;
  /** What box is and has on this host. @throws BoxError engine-missing */
  info: () => Promise<Info>;
  /** Looks at all that running boxes needs of this host. */
  diagnose: () => Promise<Diagnosis>;
  /** Looks at the packages that running boxes needs, and at nothing else. */
  diagnoseParts: () => Promise<Diagnosis>;
  /** What can be said and done about a diagnosis; nothing of it changes anything. */
  cures: () => Promise<Cures>;
  /**
   * Carries out commands that change this host.
   * @returns what has failed
   * @throws BoxError cure-failed when this user cannot
   */
  carryOut: (steps: readonly Step[], host: Host, options?: CureOptions) => Promise<unknown[]>;
  /** What images, boxes and volumes take on the disk. `onWarning` gets a line about each box that cannot be read. */
  usage: (options?: UsageOptions) => Promise<Usage>;
  /** Removes boxes that have ended and what nothing needs then, one kind after the other. */
  prune: (filter?: PruneSystemOptions, options?: PruneOptions) => AsyncIterable<PrunedPart>;
  /** Compares the whole store of images with its digests. */
  check: (options?: CheckOptions) => Promise<Findings>;
  /** Removes what a check has found damaged, and pulls it again. */
  repair: (
    findings: Findings,
    onProgress?: (event: PullEvent) => void,
    options?: CheckOptions,
  ) => Promise<RepairedImage[]>;
  /** The registry that people name by a host or URL, Docker Hub without one. @throws BoxError invalid-registry */
  registry: (server?: string) => Promise<string>;
  /** @throws BoxError login-refused, bad-token, registry-…, credential-helper-failed */
  login: (registry: string, credential: Credential, options?: LoginOptions) => Promise<LoggedIn>;
  /** The user name of the login that is kept. @throws BoxError invalid-docker-config, credential-helper-failed */
  keptLogin: (registry: string) => Promise<string | undefined>;
  /** @throws BoxError login-refused, bad-token, registry-… */
  tryKeptLogin: (registry: string, options?: LoginOptions) => Promise<void>;
  /** Whether there was a login to forget. @throws BoxError invalid-docker-config, credential-helper-failed */
  logout: (registry: string) => Promise<boolean>;
}

export function openSystem(context: Context): System {
  const logins = () => import("./system/login.js");
  async function* prune(...words: Parameters<System["prune"]>) {
    yield* (await import("./system/prune.js")).prune(context, ...words);
  }
  return {
    events: (options) => defer(async () => (await import("./system/events.js")).events(context, options)),
    settings: async () => (await import("../config/settings.js")).readSettings(context.home),
    info: async () => (await import("./system/info.js")).info(context),
    diagnose: async () => (await import("./system/doctor/doctor.js")).diagnose(context),
    diagnoseParts: async () => (await import("./system/doctor/doctor.js")).diagnoseParts(context),
    cures: () => import("./system/doctor/cure.js"),
    carryOut: (...words) =>
      abortable(words[2]?.signal, async () => (await import("./system/doctor/cure.js")).carryOut(...words)),
    usage: (options) =>
      abortable(options?.signal, async () => (await import("./system/usage.js")).usage(context, options)),
    prune: (...words) => resultsUntil(words[1]?.signal, prune(...words)),
    check: (options) =>
      abortable(options?.signal, async () => (await import("./system/check.js")).check(context, options)),
    repair: (...words) =>
      abortable(words[2]?.signal, async () => (await import("./system/check.js")).repair(context, ...words)),
    registry: async (server) => (await import("./system/registry.js")).parseRegistry(server),
    login: (...words) => abortable(words[2]?.signal, async () => (await logins()).login(context, ...words)),
    keptLogin: async (registry) => (await logins()).keptLogin(context, registry),
    tryKeptLogin: (...words) =>
      abortable(words[1]?.signal, async () => (await logins()).tryKeptLogin(context, ...words)),
    logout: async (registry) => (await logins()).logout(context, registry),
  };
}
