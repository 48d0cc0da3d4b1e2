import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { thisProcess } from "../../host/owner.js";

/** The files of a template (docs/on-disk.md). */
export interface TemplateFiles {
  /** When it was made, and of which size its memory is. */
  record: string;
  /** The guest's memory. */
  memory: string;
  /** The state of its processors and devices. */
  state: string;
  /** The writable layer that the guest has mounted, as it was when the state was saved. Not in every template. */
  layer: string;
  /** The pages of its memory that VMs write to when they start. Present after a first one has. */
  touched: string;
  /** Present after a VM has continued it; its time is that of the last use. */
  used: string;
}

export function templateFiles(folder: string): TemplateFiles {
  return {
    record: join(folder, "template.json"),
    memory: join(folder, "memory"),
    state: join(folder, "state"),
    layer: join(folder, "layer.ext4"),
    touched: join(folder, "touched"),
    used: join(folder, "used"),
  };
}

/** Stands for the path of a template's writable layer in the arguments to make it. */
export const LAYER_MARK = "<layer>";

/** Names in the directory of templates. */
export const PREFIX = "vm-";
const MADE = new RegExp(`^${PREFIX}[0-9a-f]{32}$`);
const UNFINISHED = /^\.(?:making|removing)-(\d+-\d+-\d+)-/;

export const isTemplate = (name: string) => MADE.test(name);
/** Returns the process that began to make or to remove a template. */
export const ownerOf = (name: string): string | undefined => UNFINISHED.exec(name)?.[1];
export const unfinished = (what: "making" | "removing") => `.${what}-${thisProcess()}-${randomUUID()}`;

/** @param templates the directory of all templates */
export function templateFolder(templates: string, key: string): string {
  return join(templates, `${PREFIX}${key}`);
}

/** Returns the path of the lock that is held while a template is made. */
export function makingLock(templates: string): string {
  return join(templates, "freeze.lock");
}

/** Returns the path of the file by which starts of VMs take turns (docs/vmm-helper.md): a lock on a byte is a slot. */
export function startSlots(templates: string): string {
  return join(templates, "starts.lock");
}

/** Returns the path of the log of the last attempt to make a template. */
export function attemptLog(folder: string): string {
  return `${folder}.log`;
}
