/** Flags and operands of options, both of verbs and of boxes, for messages that name them. */
const FLAGS: Readonly<Record<string, string>> = {
  aliases: "--alias",
  allTags: "--all-tags",
  keepOwners: "-a",
  autoRemove: "--rm",
  change: "-c",
  filter: "--filter",
  force: "-f",
  format: "--format",
  labels: "--label",
  network: "--network",
  persistent: "--persistent",
  "pool.maxSize": "--max-size",
  "pool.scaling.scaleDownThreshold": "--scale-down-threshold",
  "pool.scaling.scaleUpThreshold": "--scale-up-threshold",
  pull: "--pull",
  portMap: "-p",
  "record.cpus": "--cpus",
  "record.networks": "--network",
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

/** Replaces the option at the start of an error's subject, such as `change EXPOSE`, with its flag. */
export function optionOf(subject: string): string {
  return subject.replace(/^[\w.]+/, (name) => find(name) ?? name);
}

/** Replaces quoted names of options or fields, such as `force`, with their flags, if they have any. */
export function inFlags(text: string, nameOf = optionOf): string {
  return text.replace(/`([\w.]+)`/g, (quoted, name: string) => {
    const flag = nameOf(name);
    return flag === name ? quoted : flag;
  });
}

/** Replaces option names in a line that may begin with subjects, as warnings do. */
export function withFlags(line: string): string {
  const subjects = /^[\w.]+(?:, [\w.]+)*(?=: )/;
  return inFlags(line.replace(subjects, (names) => names.split(", ").map(optionOf).join(", ")));
}
