import { Command } from "commander";
import { explain } from "./help/notes.js";
import { addCheck } from "./system/check.js";
import { addDf } from "./system/df.js";
import { addDisable, addEnable } from "./system/enable.js";
import { addPrune } from "./system/prune.js";
import { addResume } from "./system/resume.js";

export function command(exit: (code: number) => void): Command {
  const system = explain(new Command("system"), {
    examples: [["box system df"], ["box system prune --volumes"], ["box system check"]],
  });
  addDf(system.command("df").summary("Show disk usage of images, boxes and volumes"));
  addPrune(system.command("prune").summary("Remove stopped boxes and unused images"), exit);
  addCheck(system.command("check").summary("Verify all images and layers, and repair them"), exit);
  addResume(system.command("resume").summary("Start the boxes whose restart policy asks for it"), exit);
  addEnable(system.command("enable").summary("Run `box system resume` whenever this host starts"));
  addDisable(system.command("disable").summary("Undo `box system enable`"));
  return system;
}
