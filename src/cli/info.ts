import { Command } from "commander";
import { describeOpenHome } from "../config/home-privacy.js";
import { boxHome } from "../config/paths.js";
import { runtimeFolder } from "../config/runtime-folder.js";
import { listImages } from "../oci/list.js";
import { listBoxes } from "../vm/box/find.js";
import { findEngine } from "../vm/engine.js";
import { probeLayers, type Layer } from "../vm/jail-layers.js";
import { probeDrivers } from "../vm/select-driver.js";
import { printLine } from "./output/print.js";
import { VERSION } from "./version.js";

interface Info {
  version: string;
  driver: string | null;
  drivers: { name: string; usable: boolean; reason?: string; hint?: string }[];
  /** What stands between a virtual machine monitor and this host. */
  jail: Layer[];
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
  const [reports, jail, boxes, images, homeWarning] = await Promise.all([
    probeDrivers(engine),
    probeLayers(engine),
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
    engine: { libkrun: engine.libkrun, kernel: engine.kernel },
    boxes: { running, exited: boxes.length - running },
    images: images.length,
    home: boxHome(),
    ...(homeWarning === undefined ? {} : { homeWarning }),
    runtime: runtimeFolder(),
  };
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
      printLine(`Engine:    ${info.engine.libkrun}`);
      printLine(`           ${info.engine.kernel}`);
      printLine(`Boxes:     ${info.boxes.running} running, ${info.boxes.exited} not`);
      printLine(`Images:    ${info.images}`);
      printLine(`Home:      ${info.home}`);
      if (info.homeWarning !== undefined) printLine(`           ${info.homeWarning}`);
      printLine(`Runtime:   ${info.runtime}`);
    });
}
