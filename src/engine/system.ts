import type { Settings } from "../config/settings.js";
import type { Event } from "../events/record.js";
import type { Findings } from "../oci/check/check.js";
import type { PullEvent } from "../oci/pull/event.js";
import type { Credential } from "../oci/registry/credentials.js";
import { abortable } from "../host/abort.js";
import { defer, resultsUntil } from "../host/iterate.js";
import type { Context } from "./context.js";
import type { DiagnoseOptions, Diagnosis, Finding } from "./system/doctor/diagnose.js";
import type { Step } from "./system/doctor/plan.js";
import type { RunOptions } from "./system/doctor/run-steps.js";
import type { SetupOptions, SetupResult } from "./system/doctor/setup.js";
import type { CheckOptions, RepairedImage } from "./system/check.js";
import type { DockerLink, LinkOptions } from "./system/docker-link.js";
import type { EventsOptions } from "./system/events.js";
import type { Info } from "./system/info.js";
import type { LoggedIn, LoginOptions } from "./system/login.js";
import type { PruneOptions } from "./prune-filter.js";
import type { PrunedPart, PruneSystemOptions } from "./system/prune.js";
import type { Usage, UsageOptions } from "./system/usage.js";

export type { Credential, Diagnosis, Event, Finding, RunOptions, Step };

/** Operations on a whole home, on the host, and on registry logins. Each loads its own code on first use. */
export interface System {
  /** Iterates over past and future events of boxes, images and volumes. */
  events: (options?: EventsOptions) => AsyncIterable<Event>;
  /** Reads the user's settings. @throws BoxError invalid-settings */
  settings: () => Promise<Settings>;
  /** Returns information about box on this host. @throws BoxError engine-missing */
  info: () => Promise<Info>;
  /**
   * Checks whether this host has everything that boxes need to run, and fixes what it can if `fix` is given.
   * @throws BoxError cure-failed if this user cannot run the commands
   */
  diagnose: (options?: DiagnoseOptions) => Promise<Diagnosis>;
  /** Installs the packages that boxes need and this host lacks. @throws BoxError cure-failed */
  setup: (options?: SetupOptions) => Promise<SetupResult>;
  /** Returns the path of the program `docker` in the PATH; undefined if there is none. */
  findDocker: () => Promise<string | undefined>;
  /** Creates a link `docker` to box, which runs it in Docker mode. @throws BoxError docker-exists */
  linkDocker: (options?: LinkOptions) => Promise<DockerLink>;
  /** Reports the disk usage of images, boxes and volumes, and each unreadable box to `onWarning`. */
  usage: (options?: UsageOptions) => Promise<Usage>;
  /** Removes boxes that are not running and then unused volumes and images; yields the result of each kind. */
  prune: (filter?: PruneSystemOptions, options?: PruneOptions) => AsyncIterable<PrunedPart>;
  /** Verifies the digests of the whole image store. */
  check: (options?: CheckOptions) => Promise<Findings>;
  /** Removes images that `check` found damaged, and pulls them again. */
  repair: (
    findings: Findings,
    onProgress?: (event: PullEvent) => void,
    options?: CheckOptions,
  ) => Promise<RepairedImage[]>;
  /** Returns the registry for a host or URL (default: Docker Hub). @throws BoxError invalid-registry */
  registry: (server?: string) => Promise<string>;
  /** Logs in to a registry. @throws BoxError login-refused, bad-token, registry-…, credential-helper-failed */
  login: (registry: string, credential: Credential, options?: LoginOptions) => Promise<LoggedIn>;
  /** Returns the user name of the stored login. @throws BoxError invalid-docker-config, credential-helper-failed */
  keptLogin: (registry: string) => Promise<string | undefined>;
  /** Verifies the stored login with the registry. @throws BoxError login-refused, bad-token, registry-… */
  tryKeptLogin: (registry: string, options?: LoginOptions) => Promise<void>;
  /** Deletes a login; returns whether there was one. @throws BoxError invalid-docker-config, credential-helper-failed */
  logout: (registry: string) => Promise<boolean>;
}

export function openSystem(context: Context): System {
  const logins = () => import("./system/login.js");
  const dockerLink = () => import("./system/docker-link.js");
  async function* prune(...args: Parameters<System["prune"]>) {
    yield* (await import("./system/prune.js")).prune(context, ...args);
  }
  return {
    events: (options) => defer(async () => (await import("./system/events.js")).events(context, options)),
    settings: async () => (await import("../config/settings.js")).readSettings(context.home),
    info: async () => (await import("./system/info.js")).info(context),
    diagnose: (options) =>
      abortable(options?.fix?.signal, async () =>
        (await import("./system/doctor/diagnose.js")).diagnose(context, options),
      ),
    setup: (options) =>
      abortable(options?.signal, async () =>
        (await import("./system/doctor/setup.js")).setup(context, options),
      ),
    findDocker: async () => (await dockerLink()).findDocker(context),
    linkDocker: async (options) => (await dockerLink()).linkDocker(context, options),
    usage: (options) =>
      abortable(options?.signal, async () => (await import("./system/usage.js")).usage(context, options)),
    prune: (...args) => resultsUntil(args[1]?.signal, prune(...args)),
    check: (options) =>
      abortable(options?.signal, async () => (await import("./system/check.js")).check(context, options)),
    repair: (...args) =>
      abortable(args[2]?.signal, async () => (await import("./system/check.js")).repair(context, ...args)),
    registry: async (server) => (await import("./system/registry.js")).parseRegistry(server),
    login: (...args) => abortable(args[2]?.signal, async () => (await logins()).login(context, ...args)),
    keptLogin: async (registry) => (await logins()).keptLogin(context, registry),
    tryKeptLogin: (...args) =>
      abortable(args[1]?.signal, async () => (await logins()).tryKeptLogin(context, ...args)),
    logout: async (registry) => (await logins()).logout(context, registry),
  };
}
