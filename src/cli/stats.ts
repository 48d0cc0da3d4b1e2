import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import { BoxError } from "../errors.js";
import { findMonitor } from "../vm/box/connect.js";
import { findAmong, surveyBoxes, type Box } from "../vm/box/find.js";
import { runTask } from "../vm/box/task.js";
import { parseUsage, type Usage } from "../vm/box/usage.js";
import { describeUsage } from "../docker/boxes/stats.js";
import { printLine, printScreen } from "./output/print.js";
import { formatRows, type Column } from "./output/rows.js";
import { currentHome } from "./store.js";

interface StatsFlags {
  all?: boolean;
  format?: string;
  stream: boolean;
  trunc: boolean;
}

const COLUMNS: Column[] = [
  ["BOX ID", "ID"],
  ["NAME", "Name"],
  ["CPU %", "CPUPerc"],
  ["MEM USAGE / LIMIT", "MemUsage"],
  ["MEM %", "MemPerc"],
  ["NET I/O", "NetIO"],
  ["BLOCK I/O", "BlockIO"],
  ["PIDS", "PIDs"],
];

/** Between two looks, in milliseconds. */
const LOOK_MS = 1000;

const EXAMPLES = `
What a box uses of its VM, once a second until Ctrl-C. CPU: 100 % is one CPU. Memory: all that is not available to
programs, so the page cache does not count. Network: of the VM's interfaces; with --network tsi there are none.

Examples:
  box stats
  box stats --no-stream --format '{{.Name}} {{.CPUPerc}}' web`;

export function command(): Command {
  return new Command("stats")
    .argument("[box...]", "names or ids; without, all that run")
    .option("-a, --all", "boxes that do not run as well")
    .option("--format <format>", "json, or a template such as '{{.Name}} {{.MemUsage}}'")
    .option("--no-stream", "one table, and the end")
    .option("--no-trunc", "show ids whole")
    .addHelpText("after", EXAMPLES)
    .action(stats);
}

async function look(box: Box): Promise<Usage | undefined> {
  const socket = await findMonitor(currentHome(), box);
  if (!socket) return undefined;
  // It may end, or start again, at any moment.
  return runTask(socket, { kind: "usage" }).then(parseUsage, (error: unknown) => {
    if (error instanceof BoxError) return undefined;
    throw error;
  });
}

async function stats(names: string[], { all = false, format, stream, trunc }: StatsFlags): Promise<void> {
  const select = async (): Promise<Box[]> => {
    const survey = await surveyBoxes(currentHome());
    const { boxes } = survey;
    if (names.length > 0) return names.map((name) => findAmong(survey, name));
    return all ? boxes : boxes.filter(({ state }) => state.status === "running");
  };
  let before = new Map<string, Usage>();
  let boxes = await select();
  const lookAtAll = async () => {
    const usages = await Promise.all(boxes.map(look));
    return new Map(boxes.flatMap(({ record }, i) => (usages[i] ? [[record.id, usages[i]]] : [])));
  };
  before = await lookAtAll();
  for (let first = true; ; first = false) {
    await setTimeout(LOOK_MS);
    if (!first) boxes = await select();
    const now = await lookAtAll();
    const rows = boxes.map((box) =>
      describeUsage(box, { trunc, before: before.get(box.record.id), now: now.get(box.record.id) }),
    );
    before = now;
    await show(rows, format, stream, first);
    if (!stream) return;
  }
}

/** On a terminal, a table takes the place of the one before. */
async function show(
  rows: Record<string, string>[],
  format: string | undefined,
  stream: boolean,
  first: boolean,
): Promise<void> {
  const lines = await formatRows(COLUMNS, rows, format === "table" ? undefined : format);
  if (!process.stdout.isTTY || !stream) {
    for (const line of lines) printLine(line);
    return;
  }
  printScreen(lines, first);
}
