import { quote } from "../../config/syntax/quote.js";
import { BoxError } from "../../errors.js";
import { readSettings } from "../../config/settings.js";
import { templatesFolder, type Home } from "../../host/home.js";
import type { Driver, VmSpec } from "../drivers/driver.js";
import { layerTemplatePath } from "../writable-layer.js";
import { attemptLog, templateFolder } from "./files.js";
import { keyOf, type Shape } from "./key.js";
import type { Making } from "./make.js";
import { findTemplate, MOST_AGE_MS, recentFailure } from "./store.js";

/** How a VM is to start. `untilMs`: how long the next VM of this kind should start in the same way. */
export type Plan = { untilMs: number } & (
  | /** It continues a template, whose writable layer it starts with. */ {
      kind: "thaw";
      folder: string;
      made: string;
      layer: string | undefined;
      making: Making;
    }
  | /** It boots. */ { kind: "boot"; reason: string; making?: Making }
);

const boot = (reason: string, untilMs: number): Plan => ({ kind: "boot", reason, untilMs });

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
  if (!support) return boot(`${name} always boots`, Infinity);
  const off = joined ? "its address on its networks is known only now" : await switchedOff(home);
  if (off !== undefined) return boot(off, Infinity);
  const { runtimeFiles, memoryMb } = spec;
  const vmm = await support.findProgram(runtimeFiles);
  if (vmm === undefined) return boot("the program of the VMM is missing", 0);
  const templates = templatesFolder(home);
  const obstacle = await support.obstacle(spec, vmm, templates);
  if (obstacle !== undefined) return boot(obstacle, Infinity);
  const shape: Shape = {
    words: support.freezeArguments(spec),
    files: [runtimeFiles.kernel, runtimeFiles.bootDisk, vmm],
  };
  const folder = templateFolder(templates, await keyOf(shape));
  const sizeMb = spec.diskMb;
  const layer = spec.blankLayer ? { source: layerTemplatePath(home, sizeMb, "scratch"), sizeMb } : undefined;
  const making = { shape, memoryMb, ...(layer ? { layer } : {}), program: runtimeFiles.vmmHelper, templates };
  const found = await findTemplate(folder);
  if (found) {
    const { made, madeAt } = found;
    return { kind: "thaw", folder, made, layer: found.layer, making, untilMs: madeAt + MOST_AGE_MS };
  }
  const failure = await recentFailure(attemptLog(folder));
  if (failure !== undefined) return boot(`the last template failed: ${failure}`, 0);
  return { ...boot("there was no template for such a VM yet", 0), making };
}
