/** The flags of options: of verbs, and of boxes where a text tells of them. Operands as the usage names them. */
const FLAGS: Readonly<Record<string, string>> = {
  allTags: "--all-tags",
  keepOwners: "-a",
  autoRemove: "--rm",
  change: "-c",
  filter: "--filter",
  force: "-f",
  format: "--format",
  network: "--network",
  persistent: "--persistent",
  pull: "--pull",
  portMap: "-p",
  publishAll: "-P",
  "resourceLimits.cpuQuota": "--cpu-quota",
  "resourceLimits.cpuShares": "--cpu-shares",
  "resourceLimits.memoryReservation": "--memory-reservation",
  "resourceLimits.memorySwap": "--memory-swap",
  server: "SERVER",
  "system.diagnose": "`box doctor`",
  since: "--since",
  tail: "-n",
  timeout: "--timeout",
  until: "--until",
  verify: "--verify",
  vmm: "--vmm",
};

function find(name: string): string | undefined {
  return Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
}

/** A subject of an error with the flag of the option that it begins with, as in `change EXPOSE`. */
export function optionOf(subject: string): string {
  return subject.replace(/^[\w.]+/, (name) => find(name) ?? name);
}

/** A text with flags where it names options, as in `force`. */
export function inFlags(text: string): string {
  return text.replace(/`([\w.]+)`/g, (quoted, name: string) => find(name) ?? quoted);
}

/** A line that may begin with subjects, as warnings do, with their flags in their places. */
export function withFlags(line: string): string {
  const subjects = /^[\w.]+(?:, [\w.]+)*(?=: )/;
  return inFlags(line.replace(subjects, (names) => names.split(", ").map(optionOf).join(", ")));
}
