import { Command } from "commander";
import { BoxError } from "../errors.js";
import { awaitMonitor, awaitVisit } from "../vm/box/connect.js";
import { removeBox } from "../vm/box/remove.js";
import { stopBox } from "../vm/box/stop.js";
import { removeAnonymous } from "../vm/volume/anonymous.js";
import { forEachBox } from "./each.js";
import { currentHome } from "./store.js";

const SIGKILL = 9;

interface RmFlags {
  force?: boolean;
  volumes?: boolean;
}

export function command(exit: (code: number) => void): Command {
  return new Command("rm")
    .argument("<box...>", "names or ids")
    .option("-f, --force", "kill a box that runs")
    .option("-v, --volumes", "remove its anonymous volumes as well")
    .addHelpText("after", "\nExamples:\n  box rm web\n  box rm -f $(box ps -aq)")
    .action(async (names: string[], { force = false, volumes = false }: RmFlags) => {
      exit(
        await forEachBox(names, async (box) => {
          const monitor = await awaitMonitor(currentHome(), box);
          if (monitor) {
            monitor.destroy();
            if (!force) {
              throw new BoxError("box-running", `box ${box.record.name} is running`, {
                hint: `stop it first (\`box stop ${box.record.name}\`) or use -f`,
              });
            }
            await stopBox(currentHome(), box, { signal: SIGKILL, timeoutMs: 0 });
          }
          await awaitVisit(currentHome(), box);
          await removeBox(currentHome(), box.folder, box.record.name);
          if (volumes) await removeAnonymous(currentHome(), box.record);
        }),
      );
    });
}
