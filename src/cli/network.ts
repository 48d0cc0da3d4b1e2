import { Command } from "commander";
import { confirm } from "./confirm.js";
import { forEachName } from "./each.js";
import { engine } from "./engine.js";
import { collect } from "./flags/parse.js";
import { explain } from "./help/notes.js";
import { addConnect, addDisconnect } from "./network/connect.js";
import { addCreate } from "./network/create.js";
import { addList } from "./network/list.js";
import { inspectAll } from "./output/inspected.js";
import { printLine } from "./output/print.js";
import { printRemoved } from "./output/removed.js";
import { pruneFilter } from "../docker/filters.js";
import type { Value } from "../docker/go/value.js";
import { parseNetworkPruneFilters } from "../docker/networks/filters.js";
import { describeNetwork } from "../docker/networks/inspect.js";

/** Inspects a network, in Docker's format. @throws BoxError no-such-network, ambiguous-id */
export async function inspectNetwork(name: string): Promise<Value> {
  return describeNetwork(await engine().networks.inspect(name));
}

function remove(names: string[], flags: { force?: boolean }): Promise<number> {
  return forEachName(names, async (name) => {
    if (await engine().networks.remove(name, flags)) printLine(name);
  });
}

async function prune({ filter = [], force = false }: { filter?: string[]; force?: boolean }): Promise<void> {
  const filters = await pruneFilter(parseNetworkPruneFilters(filter));
  const warning = "WARNING! This will remove all custom networks not used by at least one container.";
  if (!force && !(await confirm([warning]))) return;
  printRemoved("Deleted Networks:", (await engine().networks.prune(filters)).names);
}

export function command(exit: (code: number) => void): Command {
  const network = explain(new Command("network"), {
    examples: [
      ["box network create shop"],
      ["box run -d --name db --network shop redis"],
      ["box run --rm --network shop redis redis-cli -h db ping"],
    ],
  });
  addCreate(network.command("create"));
  addList(network.command("ls"));
  network
    .command("inspect")
    .summary("Display detailed information on one or more networks")
    .argument("<network...>", "names or IDs of networks")
    .option("-f, --format <format>", "format output as json or by a Go template, such as '{{.Driver}}'")
    .option("-v, --verbose", "without effect: box has no swarm")
    .action(async (names: string[], { format }: { format?: string }) =>
      exit(await inspectAll(names, format, inspectNetwork)),
    );
  network
    .command("rm")
    .alias("remove")
    .summary("Remove one or more networks")
    .argument("<network...>", "names or IDs of networks")
    .option("-f, --force", "do not fail if a network does not exist")
    .action(async (names: string[], flags: { force?: boolean }) => exit(await remove(names, flags)));
  network
    .command("prune")
    .summary("Remove all unused networks")
    .option("--filter <name=value>", "only remove networks that match: until, label or label!", collect)
    .option("-f, --force", "do not prompt for confirmation")
    .action(prune);
  addConnect(network.command("connect"));
  addDisconnect(network.command("disconnect"));
  return network;
}
