import { Command } from "commander";
import { addCheck } from "./system/check.js";
import { addDf } from "./system/df.js";
import { addDisable, addEnable } from "./system/enable.js";
import { addPrune } from "./system/prune.js";
import { addResume } from "./system/resume.js";

export function command(exit: (code: number) => void): Command {
  const system = new Command("system").addHelpText(
    "after",
    "\nExamples:\n  box system df\n  box system prune --volumes\n  box system check",
  );
  addDf(system.command("df").summary("Show what images, boxes and volumes take on the disk"));
  addPrune(
    system.command("prune").summary("Remove boxes that have ended and images that nothing needs"),
    exit,
  );
  addCheck(system.command("check").summary("Compare the whole store with its digests, and repair it"), exit);
  addResume(
    system.command("resume").summary("Start the boxes that are to run whenever this host does"),
    exit,
  );
  addEnable(system.command("enable").summary("Have `box system resume` run when this host starts"));
  addDisable(system.command("disable").summary("Take `box system enable` back"));
  return system;
}
