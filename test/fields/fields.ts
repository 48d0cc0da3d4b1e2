/**
 * Where each field of a box's document takes effect, and the test that shows it. End-to-end tests run on both drivers, each
 * file once on qemu and once on krun. docs/fields.md is made from this; test/unit/config/fields.test.ts checks it.
 */
export interface Row {
  /** Where it is enforced, in a few words. */
  where: string;
  /** `FILE > words of the test's title`, below test/. */
  shown: string[];
}

/** By path in the schema; a row for an object stands for all that is in it. */
export const FIELDS: Record<string, Row> = {
  image: {
    where: "host: pulled; guest: the root",
    shown: ["e2e/workload.test.ts > is the command's own exit code"],
  },
  workspace: {
    where: "host: a share; guest: /workspace",
    shown: ["e2e/volumes.test.ts > so is a workspace"],
  },
  "resources.vcpus": {
    where: "VMM",
    shown: ["e2e/surroundings.test.ts > has the processors asked for"],
  },
  "resources.memoryMb": {
    where: "VMM",
    shown: ["e2e/surroundings.test.ts > has one processor and the memory asked for"],
  },
  "resources.diskMb": {
    where: "host: size of the writable layer's disk",
    shown: ["e2e/security.test.ts > fills its disk"],
  },
  "resources.timeout": {
    where: "monitor",
    shown: ["e2e/limits.test.ts > --timeout stops the box"],
  },
  logLevel: {
    where: "monitor and libkrun",
    shown: ["e2e/life.test.ts > holds what --log-level lets through"],
  },
  debugGrpc: {
    where: "monitor",
    shown: ["e2e/life.test.ts > and every frame with --debug-grpc"],
  },
  tee: {
    where: "refused: not available yet",
    shown: ["unit/cli/flags.test.ts > is checked, then refused"],
  },
  cmd: { where: "guest", shown: ["e2e/workload.test.ts > is the command's own exit code"] },
  entrypointOverride: {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > replace the entrypoint"],
  },
  volumes: {
    where: "host: a share, read-only there; guest: mounts",
    shown: [
      "e2e/volumes.test.ts > that is read-only stays so",
      "e2e/volumes.test.ts > begins with what the image has there",
    ],
  },
  extraEnv: {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has the environment, folder and user asked for"],
  },
  "cache.enabled": {
    where: "host: which store the image is pulled into",
    shown: ["e2e/cache.test.ts > has an image of its own"],
  },
  "cache.cacheDir": {
    where: "host: where the store lies",
    shown: ["e2e/cache.test.ts > is where cacheDir of --config says"],
  },
  "cache.maxRootfsEntries": {
    where: "host: after a pull",
    shown: ["e2e/cache.test.ts > keeps maxRootfsEntries images"],
  },
  "cache.maxCacheBytes": {
    where: "host: after a pull",
    shown: ["e2e/cache.test.ts > stays below maxCacheBytes"],
  },
  pool: {
    where: "refused: not available yet",
    shown: ["unit/cli/flags.test.ts > is checked, then refused"],
  },
  portMap: {
    where: "VMM (TSI, slirp) or passt",
    shown: ["e2e/network.test.ts > publishes at every address", "e2e/network.test.ts > with -P"],
  },
  dns: {
    where: "guest: /etc/resolv.conf",
    shown: ["e2e/surroundings.test.ts > resolvers asked for"],
  },
  network: {
    where: "VMM; of a named one: a switch on the host, guest: eth1 and DNS",
    shown: [
      "e2e/network.test.ts > keeps the host's loopback",
      "e2e/network.test.ts > none has no interface",
      "e2e/named-network.test.ts > lets boxes reach each other",
    ],
  },
  tmpfs: {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has a tmpfs with the options asked for"],
  },
  "resourceLimits.pidsLimit": {
    where: "guest: cgroup",
    shown: ["e2e/security.test.ts > cannot make more processes"],
  },
  "resourceLimits.cpusetCpus": {
    where: "host: affinity of the VMM",
    shown: ["e2e/limits.test.ts > limits on the host hold for the VMM"],
  },
  "resourceLimits.ulimits": {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has the groups and limits asked for"],
  },
  "resourceLimits.cpuShares": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > limits on the host hold for the VMM"],
  },
  "resourceLimits.cpuQuota": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > limits on the host hold for the VMM"],
  },
  "resourceLimits.cpuPeriod": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > limits on the host hold for the VMM"],
  },
  "resourceLimits.memoryReservation": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > limits on the host hold for the VMM"],
  },
  "resourceLimits.memorySwap": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > limits on the host hold for the VMM"],
  },
  capAdd: { where: "guest", shown: ["e2e/security.test.ts > drop before they add"] },
  capDrop: { where: "guest", shown: ["e2e/security.test.ts > drop before they add"] },
  securityOpt: {
    where: "guest",
    shown: ["e2e/security.test.ts > take a profile of the user's"],
  },
  privileged: { where: "guest", shown: ["e2e/security.test.ts > may do everything"] },
  readOnly: {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has a root that is read-only"],
  },
  sidecar: {
    where: "refused: not available yet",
    shown: ["unit/cli/flags.test.ts > is checked, then refused"],
  },
  persistent: {
    where: "host: the writable layer's disk is kept; guest: it is written back at the end",
    shown: ["e2e/start.test.ts > keeps its files when it ends"],
  },
  "record.autoRemove": { where: "monitor", shown: ["e2e/config-file.test.ts > is removed when it ends"] },
  "record.stdin": {
    where: "monitor; guest",
    shown: ["e2e/config-file.test.ts > is what the record of --config says"],
  },
  "record.stdinOnce": {
    where: "monitor",
    shown: ["e2e/config-file.test.ts > keeps its stdin for the next that feeds it"],
  },
  "record.tty": {
    where: "monitor; guest: a terminal",
    shown: ["e2e/terminal.test.ts > a shell in a box has this terminal"],
  },
  "record.publishAll": { where: "VMM (TSI, slirp) or passt", shown: ["e2e/network.test.ts > with -P"] },
  "record.labels": {
    where: "host: listed, filtered by and inspected",
    shown: ["e2e/config-file.test.ts > is what the record of --config says"],
  },
  "record.user": { where: "guest", shown: ["e2e/config-file.test.ts > is what the record of --config says"] },
  "record.groupAdd": {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has the groups and limits asked for"],
  },
  "record.workdir": {
    where: "guest",
    shown: ["e2e/config-file.test.ts > is what the record of --config says"],
  },
  "record.hostname": {
    where: "guest",
    shown: ["e2e/config-file.test.ts > is what the record of --config says"],
  },
  "record.addHost": {
    where: "guest: /etc/hosts",
    shown: ["e2e/surroundings.test.ts > has the names asked for"],
  },
  "record.init": {
    where: "guest: process 1",
    shown: ["e2e/config-file.test.ts > is what the record of --config says"],
  },
  "record.devices": { where: "guest", shown: ["e2e/surroundings.test.ts > has the devices asked for"] },
  "record.shmBytes": {
    where: "guest: /dev/shm",
    shown: ["e2e/surroundings.test.ts > has the shared memory and the kernel's settings asked for"],
  },
  "record.sysctls": {
    where: "guest: /proc/sys",
    shown: ["e2e/surroundings.test.ts > has the shared memory and the kernel's settings asked for"],
  },
  "record.stopSignal": { where: "guest", shown: ["e2e/config-file.test.ts > stops by the signal"] },
  "record.stopTimeoutSecs": {
    where: "host: when it is stopped",
    shown: ["e2e/config-file.test.ts > in the time of its record"],
  },
  "record.restart": {
    where: "monitor",
    shown: ["e2e/restart.test.ts > is started again as often as its policy says"],
  },
  "record.health": { where: "monitor", shown: ["e2e/restart.test.ts > a box's health is looked after"] },
  "record.logOpt": { where: "monitor", shown: ["e2e/logs.test.ts > rotated files"] },
  "record.name": {
    where: "host: names",
    shown: ["e2e/config-file.test.ts > is what the record of --config says"],
  },
  "record.vmm": { where: "host: which VMM is started", shown: ["e2e/boxes.test.ts > is found, looked at"] },
};
