import { Command } from "commander";
import { addHistory } from "./history.js";
import { addInspect } from "./image/inspect.js";
import { addList } from "./image/list.js";
import { addPrune } from "./image/prune.js";
import { addRemove } from "./rmi.js";

export function command(exit: (code: number) => void): Command {
  const image = new Command("image");
  addList(image.command("ls").alias("list").summary("List images"));
  addInspect(image.command("inspect").summary("Show images in detail"), exit);
  addHistory(image.command("history").summary("Show the steps that made an image"));
  addRemove(image.command("rm").alias("remove").summary("Remove images"), exit);
  addPrune(image.command("prune").summary("Remove images that nothing needs"));
  return image;
}
