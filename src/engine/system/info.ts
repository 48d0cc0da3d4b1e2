import { readFile } from "node:fs/promises";
import os from "node:os";
import { messageOf } from "../../errors.js";
import { describeExposure } from "../../host/home-privacy.js";
import { runtimeFolder } from "../../host/runtime-folder.js";
import { listImages } from "../../oci/list.js";
import { surveyBoxes } from "../../vm/box/find.js";
import { probeDrivers } from "../../vm/drivers/select.js";
import { probeLayers, type Layer } from "../../vm/jail/layers.js";
import { probeProcesses, type ProcessJail } from "../../vm/jail/processes.js";
import { readLastStart, type StartNote } from "../../vm/template/last-start.js";
import { switchedOff } from "../../vm/template/plan.js";
import { listTemplates } from "../../vm/template/store.js";
import { findRuntimeFiles } from "../../vm/runtime-files.js";
import type { Context } from "../context.js";
import { templatesFolder, type Home } from "../../host/home.js";
import { measureFolders } from "./measure.js";

export type { Layer, ProcessJail };

/** Information about box on this host. */
export interface Info {
  driver: string | null;
  drivers: { name: string; usable: boolean; reason?: string; hint?: string }[];
  /** Layers of isolation between a VMM and this host. */
  jail: Layer[];
  /** How each process of a box is confined. */
  processes: ProcessJail[];
  engine: { libkrun: string; kernel: string };
  /** Null (like `images`) if they cannot be read; `errors` has the reason. */
  boxes: { running: number; paused: number; exited: number; unreadable: number } | null;
  images: number | null;
  templates: TemplateInfo;
  errors: { boxes?: string; images?: string };
  home: string;
  /** Warning about permissions of the home that let other users read or change it. */
  homeWarning?: string;
  runtime: string;
  host: HostFacts;
}

/** Information about the templates of VMs. */
export interface TemplateInfo {
  /** Why no VM starts from one; undefined if they are used. */
  off?: string;
  count: number;
  bytes: number;
  /** How the last VM started that could have used one. */
  lastStart?: StartNote;
}

async function templateInfo(home: Home): Promise<TemplateInfo> {
  const folder = templatesFolder(home);
  const [off, templates, lastStart] = await Promise.all([
    switchedOff(home).catch(messageOf),
    listTemplates(folder),
    readLastStart(folder),
  ]);
  const bytes = await measureFolders(templates.map((each) => each.folder));
  return {
    ...(off === undefined ? {} : { off }),
    ...{ count: templates.length, bytes },
    ...(lastStart ? { lastStart } : {}),
  };
}

/** Facts about this host. */
export interface HostFacts {
  name: string;
  /** Name of its operating system, such as `Debian GNU/Linux 12 (bookworm)`. */
  system: string;
  kernel: string;
  cpus: number;
  memoryBytes: number;
}

async function hostFacts(): Promise<HostFacts> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const [, name = "Linux"] = /^PRETTY_NAME="?([^"\n]*)/m.exec(release) ?? [];
  return {
    ...{ name: os.hostname(), system: name, kernel: os.release() },
    ...{ cpus: os.cpus().length, memoryBytes: os.totalmem() },
  };
}

/** Gathers information about box on this host. @throws BoxError engine-missing */
export async function info(context: Context): Promise<Info> {
  const { home } = context;
  const runtimeFiles = await findRuntimeFiles(home);
  const errors: Info["errors"] = {};
  const orNull = <T>(what: keyof typeof errors, work: Promise<T>): Promise<T | null> =>
    work.catch((error: unknown) => {
      errors[what] = messageOf(error);
      return null;
    });
  const findImages = async () => listImages((await context.images()).store);
  const [reports, jail, processes, survey, images, homeWarning, host, templates] = await Promise.all([
    probeDrivers(runtimeFiles),
    probeLayers(runtimeFiles),
    probeProcesses(runtimeFiles),
    orNull("boxes", surveyBoxes(home)),
    orNull("images", findImages()),
    describeExposure(home),
    hostFacts(),
    templateInfo(home),
  ]);
  const running = survey?.boxes.filter((box) => box.state.status === "running") ?? [];
  return {
    driver: reports.find(({ usability }) => usability.usable)?.driver.name ?? null,
    drivers: reports.map(({ driver, usability }) => ({ name: driver.name, ...usability })),
    jail,
    processes,
    engine: { libkrun: runtimeFiles.libkrun, kernel: runtimeFiles.kernel },
    boxes: survey && {
      running: running.length,
      paused: running.filter((box) => box.state.paused === true).length,
      exited: survey.boxes.length - running.length,
      unreadable: survey.unreadable.length,
    },
    images: images && new Set(images.map(({ id }) => id)).size,
    templates,
    errors,
    home: home.folder,
    ...(homeWarning === undefined ? {} : { homeWarning }),
    runtime: runtimeFolder(home),
    host,
  };
}
