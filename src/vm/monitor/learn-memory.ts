import { messageOf } from "../../errors.js";
import { noteTouched } from "../template/touched.js";
import { log } from "./log.js";
import type { BoxVm } from "./vm.js";

/** When a program that runs longer has started, in milliseconds. */
const STARTED_MS = 500;

/**
 * Learns for the next VM of a template which memory a start writes to: at the end of the VM, or when `soon` was called
 * some time ago.
 * @param first the supervisor of the template's VM, which another VM may have replaced
 */
export function learnMemory(template: string, first: number, vm: BoxVm): { vm: BoxVm; soon: () => void } {
  const learn = () => {
    if (vm.pid() !== first) return;
    try {
      noteTouched(template, first);
    } catch (error) {
      log("debug", `cannot list the memory of a start: ${messageOf(error)}`);
    }
  };
  const end = () => {
    learn();
    vm.end();
  };
  return { vm: { ...vm, end }, soon: () => void setTimeout(learn, STARTED_MS).unref() };
}
