import { BoxError } from "../../errors.js";
import type { Driver, Usability } from "./driver.js";
import type { RuntimeFiles } from "../runtime-files.js";
import { krun } from "./krun/driver.js";
import { qemu } from "./qemu/driver.js";

/** In order of preference. */
const BY_NAME: Readonly<Record<Driver["name"], Driver>> = { krun, qemu };
export const DRIVERS: readonly Driver[] = Object.values(BY_NAME);

export interface DriverReport {
  driver: Driver;
  usability: Usability;
}

export function probeDrivers(runtimeFiles: RuntimeFiles): Promise<DriverReport[]> {
  return Promise.all(
    DRIVERS.map(async (driver) => ({ driver, usability: await driver.probe(runtimeFiles) })),
  );
}

/**
 * Returns the requested driver, or else the first one that can run here.
 * @throws BoxError vmm-unusable if the requested driver, or every driver, cannot run here
 */
export async function selectDriver(runtimeFiles: RuntimeFiles, asked?: Driver["name"]): Promise<Driver> {
  if (asked !== undefined) {
    const driver = BY_NAME[asked];
    const usability = await driver.probe(runtimeFiles);
    if (usability.usable) return driver;
    throw new BoxError("vmm-unusable", `${asked} cannot run here: ${usability.reason}`, {
      subject: "vmm",
      hint: usability.hint,
    });
  }
  const refusals: string[] = [];
  for (const driver of DRIVERS) {
    const usability = await driver.probe(runtimeFiles);
    if (usability.usable) return driver;
    refusals.push(`${driver.name}: ${usability.reason}`);
  }
  throw new BoxError("vmm-unusable", `no usable driver: ${refusals.join("; ")}`);
}
