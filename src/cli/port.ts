import { Command } from "commander";
import { BoxError } from "../errors.js";
import { quote } from "../config/syntax/quote.js";
import { findBox } from "../vm/box/find.js";
import { formatHost } from "../docker/boxes/rows.js";
import { printLine } from "./output/print.js";
import { currentHome } from "./store.js";

export function command(): Command {
  return new Command("port")
    .argument("<box>", "name or id of a running box")
    .argument("[port]", "port of the box, such as 80 or 53/udp")
    .addHelpText("after", "\nExamples:\n  box port web\n  box port web 80")
    .action(async (name: string, port: string | undefined) => {
      const { record, state } = await findBox(currentHome(), name);
      const ports = state.status === "running" ? record.ports : [];
      if (port === undefined) {
        for (const one of ports) printLine(`${one.guestPort}/${one.protocol} -> ${formatHost(one)}`);
        return;
      }
      const wanted = port.includes("/") ? port : `${port}/tcp`;
      const found = ports.filter(({ guestPort, protocol }) => `${guestPort}/${protocol}` === wanted);
      if (found.length === 0) {
        throw new BoxError("no-such-port", `port ${quote(wanted)} of box ${record.name} is not published`, {
          hint: `\`box port ${record.name}\` lists those that are`,
          exitCode: 1,
        });
      }
      for (const one of found) printLine(formatHost(one));
    });
}
