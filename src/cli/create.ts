import { Command } from "commander";
import { checkOrder } from "../engine/boxes/check.js";
import { makeBox } from "../engine/boxes/create.js";
import { separateCommand } from "./arguments.js";
import type { BoxFlags } from "./flags/given.js";
import { addOrder, carryOut } from "./order.js";
import { printLine } from "./output/print.js";
import { currentHome } from "./store.js";

const EXAMPLES = `
Takes what \`box run\` takes; \`box start\` starts the box.

Examples:
  box create --name web -p 8080:80 nginx:alpine
  box create --persistent --name dev -v "$PWD":/src debian sleep infinity`;

export { separateCommand as prepare };

export function command(): Command {
  return addOrder(new Command("create"))
    .addHelpText("after", EXAMPLES)
    .action(async (image: string | undefined, words: string[], flags: BoxFlags) => {
      const made = await carryOut(image, words, flags, {
        act: async (order) =>
          makeBox(currentHome(), await checkOrder(currentHome(), order, false), await order.getImage()),
        run: false,
      });
      if (made) printLine(made.id);
    });
}
