/**
 * Where each field of BoxConfig takes effect, and the test that shows it. End-to-end tests run on both drivers, each
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
};
