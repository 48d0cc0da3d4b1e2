import { Command } from "commander";
import { listBoxes, type Box } from "../vm/box/find.js";
import { printLine } from "./output/print.js";
import { formatDuration, formatTable } from "./output/table.js";

const COMMAND_WIDTH = 20;

interface PsFlags {
  all?: boolean;
  quiet?: boolean;
  trunc: boolean;
}

export function command(): Command {
  return new Command("ps")
    .option("-a, --all", "boxes that have ended as well")
    .option("-q, --quiet", "ids only")
    .option("--no-trunc", "show ids and commands whole")
    .addHelpText("after", "\nExamples:\n  box ps -a\n  box rm $(box ps -aq)")
    .action(async (flags: PsFlags) => {
      const boxes = (await listBoxes()).filter((box) => flags.all === true || box.state.status === "running");
      const shortId = ({ record }: Box) => (flags.trunc ? record.id.slice(0, 12) : record.id);
      if (flags.quiet) {
        for (const box of boxes) printLine(shortId(box));
        return;
      }
      const header = ["BOX ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];
      const rows = boxes.map((box) => [
        shortId(box),
        familiar(box.record.config.image),
        formatCommand(box.record.process.argv, flags.trunc),
        `${formatDuration(Date.now() - Date.parse(box.record.createdAt))} ago`,
        formatStatus(box),
        box.state.status === "running" ? formatPorts(box) : "",
        box.record.name,
      ]);
      for (const line of formatTable(header, rows, process.stdout.columns)) printLine(line);
    });
}

function familiar(image: string): string {
  return image.replace(/^docker\.io\/(library\/)?/, "");
}

function formatCommand(argv: string[], trunc: boolean): string {
  const text = argv.join(" ").replace(/\s+/g, " ");
  return `"${trunc && text.length > COMMAND_WIDTH ? `${text.slice(0, COMMAND_WIDTH - 1)}…` : text}"`;
}

function formatStatus({ state }: Box): string {
  const since = (time: string | undefined) => formatDuration(Date.now() - Date.parse(time ?? ""));
  if (state.status === "running") return `Up ${since(state.startedAt)}`;
  if (state.status === "created") return "Created";
  return `Exited (${state.exitCode ?? 0}) ${since(state.finishedAt)} ago`;
}

function formatPorts({ record }: Box): string {
  return record.ports
    .map((port) => {
      const host = port.address === "" ? "0.0.0.0" : port.address;
      return `${host.includes(":") ? `[${host}]` : host}:${port.hostPort}->${port.guestPort}/${port.protocol}`;
    })
    .join(", ");
}
