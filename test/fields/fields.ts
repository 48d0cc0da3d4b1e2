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
    shown: ["e2e/volumes.test.ts > as is a workspace"],
  },
  "resources.vcpus": {
    where: "VMM",
    shown: ["e2e/surroundings.test.ts > has the given number of CPUs"],
  },
  "resources.memoryMb": {
    where: "VMM",
    shown: ["e2e/surroundings.test.ts > has the given memory and number of CPUs"],
  },
  "resources.diskMb": {
    where: "host: size of the writable layer's disk",
    shown: ["e2e/security.test.ts > fills only its own disk"],
  },
  "resources.timeout": {
    where: "monitor",
    shown: ["e2e/limits.test.ts > --timeout stops the box"],
  },
  logLevel: {
    where: "monitor and libkrun",
    shown: ["e2e/life.test.ts > follows --log-level"],
  },
  debugGrpc: {
    where: "monitor",
    shown: ["e2e/life.test.ts > every frame with --debug-grpc"],
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
      "e2e/volumes.test.ts > starts with the image's contents",
    ],
  },
  extraEnv: {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has the given environment, working directory and user"],
  },
  "cache.enabled": {
    where: "host: which store the image is pulled into",
    shown: ["e2e/cache.test.ts > has its own copy of the image"],
  },
  "cache.cacheDir": {
    where: "host: where the store lies",
    shown: ["e2e/cache.test.ts > is in cacheDir of --config"],
  },
  "cache.maxRootfsEntries": {
    where: "host: after a pull",
    shown: ["e2e/cache.test.ts > keeps at most maxRootfsEntries unused images"],
  },
  "cache.maxCacheBytes": {
    where: "host: after a pull",
    shown: ["e2e/cache.test.ts > stays below maxCacheBytes"],
  },
  pool: {
    where: "host: when the box is run",
    shown: [
      "e2e/pool.test.ts > has streams, exit code and ID of its own",
      "unit/vm/pool/stock.test.ts > boots the VMs that are to be idle",
    ],
  },
  portMap: {
    where: "VMM or network process",
    shown: ["e2e/network.test.ts > publishes on every address", "e2e/network.test.ts > with -P"],
  },
  dns: {
    where: "guest: /etc/resolv.conf",
    shown: ["e2e/surroundings.test.ts > the given resolvers"],
  },
  network: {
    where: "VMM; for a named network: a switch on the host, guest: eth1 and DNS",
    shown: [
      "e2e/network.test.ts > blocks TCP and UDP to the host's loopback",
      "e2e/network.test.ts > none has no interface",
      "e2e/named-network.test.ts > lets boxes reach each other",
    ],
  },
  tmpfs: {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has a tmpfs with the given options"],
  },
  "resourceLimits.pidsLimit": {
    where: "guest: cgroup",
    shown: ["e2e/security.test.ts > cannot exceed its process limit"],
  },
  "resourceLimits.cpusetCpus": {
    where: "host: affinity of the VMM",
    shown: ["e2e/limits.test.ts > host limits apply to the VMM"],
  },
  "resourceLimits.ulimits": {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has the given groups and limits"],
  },
  "resourceLimits.cpuShares": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > host limits apply to the VMM"],
  },
  "resourceLimits.cpuQuota": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > host limits apply to the VMM"],
  },
  "resourceLimits.cpuPeriod": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > host limits apply to the VMM"],
  },
  "resourceLimits.memoryReservation": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > host limits apply to the VMM"],
  },
  "resourceLimits.memorySwap": {
    where: "host: cgroup of the VMM",
    shown: ["e2e/limits.test.ts > host limits apply to the VMM"],
  },
  capAdd: { where: "guest", shown: ["e2e/security.test.ts > drop capabilities before adding them"] },
  capDrop: { where: "guest", shown: ["e2e/security.test.ts > drop capabilities before adding them"] },
  securityOpt: {
    where: "guest",
    shown: ["e2e/security.test.ts > accept a custom profile"],
  },
  privileged: { where: "guest", shown: ["e2e/security.test.ts > is allowed everything"] },
  readOnly: {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has a read-only root"],
  },
  sidecar: {
    where: "monitor; guest: an agent of its own",
    shown: ["e2e/sidecar.test.ts > is ready before the box's program"],
  },
  persistent: {
    where: "host: the writable layer's disk is kept; guest: it is written back at the end",
    shown: ["e2e/start.test.ts > keeps its files when it ends"],
  },
  "record.autoRemove": { where: "monitor", shown: ["e2e/config-file.test.ts > is removed when it exits"] },
  "record.sidecarProxy": {
    where: "guest: variables, or a rule of nftables",
    shown: ["e2e/sidecar.test.ts > sees requests and can refuse them"],
  },
  "record.stdin": {
    where: "monitor; guest",
    shown: ["e2e/config-file.test.ts > follows the record of --config"],
  },
  "record.stdinOnce": {
    where: "monitor",
    shown: ["e2e/config-file.test.ts > keeps its stdin open for the next client"],
  },
  "record.tty": {
    where: "monitor; guest: a terminal",
    shown: ["e2e/terminal.test.ts > a shell in a box has this terminal"],
  },
  "record.publishAll": { where: "VMM or network process", shown: ["e2e/network.test.ts > with -P"] },
  "record.labels": {
    where: "host: listed, filtered by and inspected",
    shown: ["e2e/config-file.test.ts > follows the record of --config"],
  },
  "record.user": { where: "guest", shown: ["e2e/config-file.test.ts > follows the record of --config"] },
  "record.groupAdd": {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > has the given groups and limits"],
  },
  "record.workdir": {
    where: "guest",
    shown: ["e2e/config-file.test.ts > follows the record of --config"],
  },
  "record.volumesFrom": {
    where: "host: volumes of another box's record",
    shown: ["e2e/volumes.test.ts > are those of its record"],
  },
  "record.expose": {
    where: "host: with publishAll; listed",
    shown: ["e2e/network.test.ts > is assigned to every port of the image and of --expose"],
  },
  "record.domainname": {
    where: "guest: kernel and /etc/hosts",
    shown: ["e2e/surroundings.test.ts > set a domain name"],
  },
  "record.oomScoreAdj": {
    where: "guest",
    shown: ["e2e/surroundings.test.ts > set a domain name and the preference of the OOM killer"],
  },
  "record.cpus": {
    where: "guest: cgroup",
    shown: ["e2e/limits.test.ts > a part of a CPU limits the time of all programs"],
  },
  "record.logDriver": {
    where: "monitor",
    shown: ["e2e/logs.test.ts > keeps nothing with --log-driver none"],
  },
  "record.hostname": {
    where: "guest",
    shown: ["e2e/config-file.test.ts > follows the record of --config"],
  },
  "record.addHost": {
    where: "guest: /etc/hosts",
    shown: ["e2e/surroundings.test.ts > has the given names"],
  },
  "record.networks": {
    where: "a switch on the host, guest: eth1 and DNS",
    shown: ["e2e/networks.test.ts > is on two networks"],
  },
  "record.networkAlias": {
    where: "a switch on the host: DNS",
    shown: ["e2e/networks.test.ts > find each other by name, alias and address"],
  },
  "record.ip": {
    where: "a switch on the host, guest: eth1",
    shown: ["e2e/networks.test.ts > find each other by name, alias and address"],
  },
  "record.link": {
    where: "a switch on the host: DNS",
    shown: ["e2e/networks.test.ts > knows another box by the name of a link"],
  },
  "record.init": {
    where: "guest: process 1",
    shown: ["e2e/config-file.test.ts > follows the record of --config"],
  },
  "record.devices": { where: "guest", shown: ["e2e/surroundings.test.ts > has the given devices"] },
  "record.shmBytes": {
    where: "guest: /dev/shm",
    shown: ["e2e/surroundings.test.ts > has the given shared memory and sysctls"],
  },
  "record.sysctls": {
    where: "guest: /proc/sys",
    shown: ["e2e/surroundings.test.ts > has the given shared memory and sysctls"],
  },
  "record.stopSignal": {
    where: "guest",
    shown: ["e2e/config-file.test.ts > stops with the signal and timeout"],
  },
  "record.stopTimeoutSecs": {
    where: "host: when it is stopped",
    shown: ["e2e/config-file.test.ts > timeout of its record"],
  },
  "record.restart": {
    where: "monitor",
    shown: ["e2e/restart.test.ts > is restarted as often as its policy says"],
  },
  "record.health": { where: "monitor", shown: ["e2e/restart.test.ts > the health of a box is checked"] },
  "record.logOpt": { where: "monitor", shown: ["e2e/logs.test.ts > rotated files"] },
  "record.name": {
    where: "host: names",
    shown: ["e2e/config-file.test.ts > follows the record of --config"],
  },
  "record.vmm": {
    where: "host: which VMM is started",
    shown: ["e2e/boxes.test.ts > can be found, inspected"],
  },
};
