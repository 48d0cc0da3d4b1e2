import { Command } from "commander";
import { addList } from "./image/list.js";

export function command(): Command {
  return addList(new Command("images"));
}
