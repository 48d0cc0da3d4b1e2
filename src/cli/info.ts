import { Command } from "commander";
import { describeOpenHome } from "../config/home-privacy.js";
import { boxHome } from "../config/paths.js";
import { runtimeFolder } from "../config/runtime-folder.js";
import { CAPABILITIES } from "../config/syntax/capability.js";
import { listImages } from "../oci/list.js";
import { listBoxes } from "../vm/box/find.js";
import { findEngine } from "../vm/engine.js";
import { probeLayers, type Layer } from "../vm/jail-layers.js";
import { probeProcesses, type ProcessJail } from "../vm/jail-processes.js";
import { probeDrivers } from "../vm/select-driver.js";
import { printLine } from "./output/print.js";
import { VERSION } from "./version.js";

interface Info {
  version: string;
  driver: string | null;
  drivers: { name: string; usable: boolean; reason?: string; hint?: string }[];
  /** What stands between a virtual machine monitor and this host. */
  jail: Layer[];
  /** How each process of a box is shut in. */
  processes: ProcessJail[];
  engine: { libkrun: string; kernel: string };
  boxes: { running: number; exited: number };
  images: number;
  home: string;
  /** What is wrong with who may read or change it. */
  homeWarning?: string;
  runtime: string;
}

async function gather(): Promise<Info> {
  const engine = await findEngine();
  const [reports, jail, processes, boxes, images, homeWarning] = await Promise.all([
    probeDrivers(engine),
    probeLayers(engine),
    probeProcesses(engine),
    listBoxes(),
    listImages(),
    describeOpenHome(),
  ]);
  const running = boxes.filter((box) => box.state.status === "running").length;
  return {
    version: VERSION,
    driver: reports.find(({ usability }) => usability.usable)?.driver.name ?? null,
    drivers: reports.map(({ driver, usability }) => ({ name: driver.name, ...usability })),
    jail,
    processes,
    engine: { libkrun: engine.libkrun, kernel: engine.kernel },
    boxes: { running, exited: boxes.length - running },
    images: images.length,
    home: boxHome(),
    ...(homeWarning === undefined ? {} : { homeWarning }),
    runtime: runtimeFolder(),
  };
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
    .option("--format <format>", "json")
    .addHelpText("after", "\nExamples:\n  box info\n  box info --format json")
    .action(async ({ format }: { format?: string }) => {
      const info = await gather();
      if (format === "json") {
        printLine(JSON.stringify(info));
        return;
      }
      printLine(`Version:   ${info.version}`);
      printLine(`Driver:    ${info.driver ?? "none can run here"}`);
      for (const { name, usable, reason, hint } of info.drivers) {
        printLine(`  ${name}: ${usable ? "works" : `${reason ?? ""}; ${hint ?? ""}`}`);
      }
      printLine("Jail of the virtual machine:");
      for (const { name, holds, reason } of info.jail) {
        printLine(`  ${name}: ${holds ? "yes" : "no"}${reason === undefined ? "" : ` (${reason})`}`);
      }
      printLine("Processes:");
      for (const process of info.processes) printLine(`  ${describe(process)}`);
      printLine(`Engine:    ${info.engine.libkrun}`);
      printLine(`           ${info.engine.kernel}`);
      printLine(`Boxes:     ${info.boxes.running} running, ${info.boxes.exited} not`);
      printLine(`Images:    ${info.images}`);
      printLine(`Home:      ${info.home}`);
      if (info.homeWarning !== undefined) printLine(`           ${info.homeWarning}`);
      printLine(`Runtime:   ${info.runtime}`);
    });
}
