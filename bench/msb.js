// Installs microsandbox from the npm registry, to compare it with box.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** The version whose kernel box uses (runtime-files.json). */
const MSB_PACKAGE = "@superradcompany/microsandbox-linux-x64-gnu";

/** Installs microsandbox if it is missing. @returns path of `msb` */
export async function installMsb() {
  const { parts } = /** @type {{ parts: { package: string, version: string }[] }} */ (
    JSON.parse(await readFile(join(ROOT, "runtime-files.json"), "utf8"))
  );
  const version = parts.find((part) => part.package === MSB_PACKAGE)?.version;
  if (version === undefined) throw new Error(`runtime-files.json has no ${MSB_PACKAGE}`);
  const prefix = join(ROOT, "build", `msb-${version}`);
  const program = join(prefix, "node_modules", MSB_PACKAGE, "bin", "msb");
  if (!existsSync(program)) {
    const flags = ["--no-audit", "--no-fund", "--prefix", prefix];
    execFileSync("npm", ["install", ...flags, `${MSB_PACKAGE}@${version}`], { stdio: "ignore" });
  }
  return program;
}
