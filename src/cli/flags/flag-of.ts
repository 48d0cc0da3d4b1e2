/** The flag that fills a field of the configuration, such as `record.name`; anything else is named already. */
const FLAGS: Readonly<Record<string, string>> = {
  capAdd: "--cap-add",
  capDrop: "--cap-drop",
  cmd: "COMMAND",
  dns: "--dns",
  entrypointOverride: "--entrypoint",
  extraEnv: "-e",
  network: "--network",
  portMap: "-p",
  "record.addHost": "--add-host",
  "record.devices": "--device",
  "record.groupAdd": "--group-add",
  "record.hostname": "-h",
  "record.labels": "-l",
  "record.logOpt": "--log-opt",
  "record.name": "--name",
  "record.restart": "--restart",
  "record.stopSignal": "--stop-signal",
  "record.sysctls": "--sysctl",
  "record.user": "-u",
  "record.workdir": "-w",
  "resourceLimits.cpuQuota": "--cpu-quota",
  "resourceLimits.cpusetCpus": "--cpuset-cpus",
  "resourceLimits.ulimits": "--ulimit",
  securityOpt: "--security-opt",
  "sidecar.env": "--sidecar-env",
  tee: "--tee",
  tmpfs: "--tmpfs",
  volumes: "-v",
  workspace: "--workspace",
};

export function flagOf(subject: string): string {
  return FLAGS[subject] ?? subject;
}
