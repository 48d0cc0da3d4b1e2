import { Command } from "commander";
import { describeOpenHome } from "../host/home-privacy.js";
import { runtimeFolder } from "../host/runtime-folder.js";
import { CAPABILITIES } from "../config/syntax/capability.js";
import { listImages } from "../oci/list.js";
import { surveyBoxes } from "../vm/box/find.js";
import { findRuntimeFiles } from "../vm/runtime-files.js";
import { probeLayers, type Layer } from "../vm/jail/layers.js";
import { probeProcesses, type ProcessJail } from "../vm/jail/processes.js";
import { probeDrivers } from "../vm/drivers/select.js";
import { formatList } from "../docker/template.js";
import { printLine } from "./output/print.js";
import { widthOf } from "./output/width.js";
import { wrapLine } from "./output/wrap.js";
import { VERSION } from "./version.js";
import { currentHome, currentStore } from "./store.js";

interface Info {
  version: string;
  driver: string | null;
  drivers: { name: string; usable: boolean; reason?: string; hint?: string }[];
  /** What stands between a virtual machine monitor and this host. */
  jail: Layer[];
  /** How each process of a box is shut in. */
  processes: ProcessJail[];
  engine: { libkrun: string; kernel: string };
  /** Null, as `images`: they cannot be read, and `errors` says why. */
  boxes: { running: number; exited: number; unreadable: number } | null;
  images: number | null;
  errors: { boxes?: string; images?: string };
  home: string;
  /** What is wrong with who may read or change it. */
  homeWarning?: string;
  runtime: string;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function gather(): Promise<Info> {
  const runtimeFiles = await findRuntimeFiles(currentHome());
  const errors: Info["errors"] = {};
  const orNull = <T>(what: keyof typeof errors, work: Promise<T>): Promise<T | null> =>
    work.catch((error: unknown) => {
      errors[what] = messageOf(error);
      return null;
    });
  const [reports, jail, processes, survey, images, homeWarning] = await Promise.all([
    probeDrivers(runtimeFiles),
    probeLayers(runtimeFiles),
    probeProcesses(runtimeFiles),
    orNull("boxes", surveyBoxes(currentHome())),
    orNull("images", listImages(currentStore())),
    describeOpenHome(currentHome()),
  ]);
  const running = survey?.boxes.filter((box) => box.state.status === "running").length ?? 0;
  return {
    version: VERSION,
    driver: reports.find(({ usability }) => usability.usable)?.driver.name ?? null,
    drivers: reports.map(({ driver, usability }) => ({ name: driver.name, ...usability })),
    jail,
    processes,
    engine: { libkrun: runtimeFiles.libkrun, kernel: runtimeFiles.kernel },
    boxes: survey && {
      running,
      exited: survey.boxes.length - running,
      unreadable: survey.unreadable.length,
    },
    images: images?.length ?? null,
    errors,
    home: currentHome().folder,
    ...(homeWarning === undefined ? {} : { homeWarning }),
    runtime: runtimeFolder(currentHome()),
  };
}

/** Go's templates write names with a capital; what JSON calls `driver` may be asked for as `.Driver` too. */
function withCapitals<T extends object>(fields: T): T {
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (typeof value === "object" && value !== null) withCapitals(value);
    const capital = name.charAt(0).toUpperCase() + name.slice(1);
    if (!Object.hasOwn(fields, capital)) Object.defineProperty(fields, capital, { value });
  }
  return fields;
}

function describeBoxes({ boxes, errors }: Info): string {
  if (!boxes) return errors.boxes ?? "";
  const unreadable = boxes.unreadable > 0 ? `, ${boxes.unreadable} unreadable` : "";
  return `${boxes.running} running, ${boxes.exited} not${unreadable}`;
}

function describe(jail: ProcessJail): string {
  const names = jail.capabilities.map((name) => name.replace("CAP_", ""));
  const capabilities = names.length > 20 ? `${names.length} of ${CAPABILITIES.length}` : names.join(",");
  const limits = Object.entries(jail.limits).filter(([, most]) => most !== "unlimited");
  return [
    `${jail.process}: uid ${jail.uid}`,
    `namespaces ${jail.namespaces.join(",") || "none of its own"}`,
    `capabilities ${capabilities || "none"}`,
    `seccomp ${jail.seccomp}`,
    `landlock ${jail.landlock ? "yes" : "no"}`,
    `limits ${limits.map(([name, most]) => `${name} ${most}`).join(", ") || "none"}`,
  ].join("; ");
}

export function command(): Command {
  return new Command("info")
    .option("-f, --format <format>", "json, or a template such as '{{.Driver}}'")
    .addHelpText("after", "\nExamples:\n  box info\n  box info --format json")
    .action(async ({ format }: { format?: string }) => {
      const info = await gather();
      if (format !== undefined) {
        for (const line of await formatList(format, [withCapitals({ ...info })])) printLine(line);
        return;
      }
      const width = widthOf(process.stdout);
      const print = (line: string) => wrapLine(line, width).forEach(printLine);
      print(`Version:   ${info.version}`);
      print(`Driver:    ${info.driver ?? "none can run here"}`);
      for (const { name, usable, reason, hint } of info.drivers) {
        print(`  ${name}: ${usable ? "works" : `${reason ?? ""}; ${hint ?? ""}`}`);
      }
      print("Jail of the virtual machine:");
      for (const { name, holds, reason } of info.jail) {
        print(`  ${name}: ${holds ? "yes" : "no"}${reason === undefined ? "" : ` (${reason})`}`);
      }
      print("Processes:");
      for (const jail of info.processes) print(`  ${describe(jail)}`);
      print(`Engine:    ${info.engine.libkrun}`);
      print(`           ${info.engine.kernel}`);
      print(`Boxes:     ${describeBoxes(info)}`);
      print(`Images:    ${info.images ?? info.errors.images ?? ""}`);
      print(`Home:      ${info.home}`);
      if (info.homeWarning !== undefined) print(`           ${info.homeWarning}`);
      print(`Runtime:   ${info.runtime}`);
    });
}
