import { Command } from "commander";
import { findBox } from "../vm/box/find.js";
import { readLog } from "../vm/box/log.js";

export function command(): Command {
  return new Command("logs")
    .argument("<box>", "name or id")
    .option("-f, --follow", "go on until the box ends")
    .option("-t, --timestamps", "show when each piece was written")
    .addHelpText("after", "\nExamples:\n  box logs web\n  box logs -f web 2>errors")
    .action(
      async (
        name: string,
        { follow = false, timestamps = false }: { follow?: boolean; timestamps?: boolean },
      ) => {
        const box = await findBox(name);
        await readLog(
          box,
          ({ time, stream, data }) => {
            if (timestamps) process[stream].write(`${time} `);
            process[stream].write(data);
          },
          follow,
        );
      },
    );
}
