import { availableParallelism } from "node:os";
import { quote } from "../../config/syntax/quote.js";
import { BoxError } from "../../errors.js";
import { readSettings } from "../../config/settings.js";
import { templatesFolder, type Home } from "../../host/home.js";
import type { Driver, VmSpec } from "../drivers/driver.js";
import { layerTemplatePath } from "../writable-layer.js";
import { attemptLog, templateFolder } from "./files.js";
import { keyOf, type Shape } from "./key.js";
import type { Making } from "./make.js";
import { findTemplate, recentFailure } from "./store.js";

/** A VM continues a template, whose writable layer it starts with. */
export interface Thaw {
  kind: "thaw";
  folder: string;
  made: string;
  layer: string | undefined;
  making: Making;
}

/** How a VM starts. If it boots for lack of a template, that is missing from `folder`, and to be made. */
export type Way = Thaw | { kind: "boot"; reason: string; folder?: string; making?: Making };

/**
 * How a VM is to start, and how the next one of its kind is, depending on whether its template is present. `next` is empty
 * if this VM boots for a reason that may pass.
 */
export type Plan = Way & { next: readonly Way[] };

const bootOnce = (reason: string): Plan => ({ kind: "boot", reason, next: [] });
const bootAlways = (reason: string): Plan => ({ ...bootOnce(reason), next: [{ kind: "boot", reason }] });

/** With more virtual CPUs for each CPU of the host, a template takes so long to make that others would wait for minutes. */
const MOST_VCPUS_A_CPU = 4;

const ON = new Set(["", "on", "true", "yes", "1"]);
const OFF = new Set(["off", "false", "no", "0"]);

/** Parses `BOX_TEMPLATES`. @throws BoxError invalid-switch */
function allowsTemplates(text = ""): boolean {
  if (ON.has(text)) return true;
  if (OFF.has(text)) return false;
  throw new BoxError("invalid-switch", `BOX_TEMPLATES: ${quote(text)} is neither on nor off`, {
    hint: "write `on` or `off`, or unset it",
  });
}

/** Returns where templates are turned off, if they are. @throws BoxError invalid-switch, invalid-settings */
export async function switchedOff(home: Home): Promise<string | undefined> {
  if (!allowsTemplates(home.env["BOX_TEMPLATES"])) return "templates are turned off by BOX_TEMPLATES";
  const { templates = true } = await readSettings(home);
  return templates ? undefined : "templates are turned off in the settings";
}

/**
 * Decides whether a VM continues a template.
 * @param joined whether the box is on named networks
 * @throws BoxError as `switchedOff`
 */
export async function planStart(
  home: Home,
  { name, templates: support }: Driver,
  spec: VmSpec,
  joined: boolean,
): Promise<Plan> {
  if (!support) return bootAlways(`${name} always boots`);
  const off = joined ? "its address on its networks is known only now" : await switchedOff(home);
  if (off !== undefined) return bootAlways(off);
  if (spec.vcpus > MOST_VCPUS_A_CPU * availableParallelism())
    return bootAlways("it has many more CPUs than this host");
  const { runtimeFiles, memoryMb } = spec;
  const vmm = await support.findProgram(runtimeFiles);
  if (vmm === undefined) return bootOnce("the program of the VMM is missing");
  const templates = templatesFolder(home);
  const obstacle = await support.obstacle(spec, vmm, templates);
  if (obstacle !== undefined) return bootAlways(obstacle);
  const shape: Shape = {
    words: support.freezeArguments(spec),
    files: [runtimeFiles.kernel, runtimeFiles.bootDisk, vmm],
  };
  const folder = templateFolder(templates, await keyOf(shape));
  const sizeMb = spec.diskMb;
  const layer = spec.blankLayer ? { source: layerTemplatePath(home, sizeMb, "scratch"), sizeMb } : undefined;
  const making = { shape, memoryMb, ...(layer ? { layer } : {}), program: runtimeFiles.vmmHelper, templates };
  const boot: Way = { kind: "boot", reason: "there was no template for such a VM yet", folder, making };
  const found = await findTemplate(folder);
  if (found) {
    const thaw: Way = { kind: "thaw", folder, made: found.made, layer: found.layer, making };
    return { ...thaw, next: [thaw, boot] };
  }
  const failure = await recentFailure(attemptLog(folder));
  if (failure !== undefined) return bootOnce(`the last template failed: ${failure}`);
  return { ...boot, next: [boot] };
}
