import { parseBox } from "../../../config/parse-box.js";
import { selectDriver } from "../../../vm/drivers/select.js";
import { machineOf } from "../../../vm/launch.js";
import { findRuntimeFiles } from "../../../vm/runtime-files.js";
import { makeTemplate } from "../../../vm/template/make.js";
import { planStart } from "../../../vm/template/plan.js";
import { layerKindOf, layerTemplate } from "../../../vm/writable-layer.js";
import type { Context } from "../../context.js";

/**
 * Has the template for VMs with the default size made in the background, so that the first box need not boot its VM
 * either. Does nothing if it is there already, or if VMs cannot use templates here.
 * @throws BoxError as `box run` for the runtime files and the driver; the system error of a step that failed
 */
export async function prepareTemplate({ home }: Context): Promise<void> {
  const runtimeFiles = await findRuntimeFiles(home);
  const driver = await selectDriver(runtimeFiles);
  // Templates have no part of an image; the name only completes the configuration.
  const { spec } = parseBox({ config: { image: "none" } });
  const files = { imageDisk: "", writableDisk: "", newLayer: { path: "" }, volumes: [], ports: [] };
  const plan = await planStart(home, driver, await machineOf(home, { spec, runtimeFiles, ...files }), false);
  if (!plan.making || plan.kind === "thaw") return;
  await layerTemplate(home, spec.resources.diskMb, layerKindOf(spec.persistent));
  await makeTemplate(plan.making, home.env);
}
