import manifest from "../../package.json" with { type: "json" };

export const VERSION: string = manifest.version;

/** The line of `--version`; in Docker mode, Docker's. */
export function versionLine(dockerMode: boolean): string {
  return dockerMode ? `Docker version ${VERSION}, build box` : `box version ${VERSION}`;
}

const [MAJOR = 0, MINOR = 0] = manifest.engines.node.replace(">=", "").split(".").map(Number);

/** Returns a message if this version of Node is too old. */
export function complaintAboutNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return undefined;
  return `box needs Node ${MAJOR}.${MINOR} or later; this is ${version}`;
}
