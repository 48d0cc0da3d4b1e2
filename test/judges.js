// Programs that only tests and benchmarks use, such as a registry, skopeo and tmux: scripts/judges.js unpacks them into
// build/judges. Importing this file puts them on the PATH, before those of the system.
import { delimiter, join } from "node:path";

/** The directory of what only tests and benchmarks use. */
export const JUDGES = join(import.meta.dirname, "..", "build", "judges");
export const PROGRAMS = join(JUDGES, "bin");

const path = process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
if (!path.split(delimiter).includes(PROGRAMS)) process.env["PATH"] = `${PROGRAMS}${delimiter}${path}`;
