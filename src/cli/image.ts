import { Command } from "commander";
import { addHistory } from "./history.js";
import { addInspect } from "./image/inspect.js";
import { addList } from "./image/list.js";
import { addPrune } from "./image/prune.js";
import { addRemove } from "./rmi.js";

export function command(exit: (code: number) => void): Command {
  const image = new Command("image");
  addList(image.command("ls").alias("list").summary("List images"));
  addInspect(image.command("inspect").summary("Display detailed information on one or more images"), exit);
  addHistory(image.command("history").summary("Show the history of an image"));
  addRemove(image.command("rm").alias("remove").summary("Remove one or more images"), exit);
  addPrune(image.command("prune").summary("Remove unused images"));
  return image;
}
