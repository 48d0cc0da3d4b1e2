// The end-to-end tests that labs run on krun: those with code specific to krun. Everything else (the image store, the
// command line, logs, restarts, copies, exec, terminals, security in the guest) is the same code on both drivers, from
// the control stream to the guest's kernel and agent, and is tested on QEMU, which runs all files. Labs also skip the
// tests of shared code within these files (SAME_ON_KRUN in box.ts), and leave slow tests to the second tier if a quicker
// one covers the same (ONLY_FULL_ON_KRUN).

/** @type {Record<string, string>} what differs on krun, by file below test/e2e or test/attack/vm */
export const ON_KRUN = {
  // How VMs start and end: libkrun in box-vmm's own process, its exit code, signals and console.
  life: "start, stop, kill and a silent boot of a VMM that is a library",
  limits: "control groups and limits of a VMM whose guest's memory is its own",
  // Network: TSI exists only in libkrun, and the network process is attached through libkrun's API.
  network: "TSI's sockets, the policy in bind and connect, box's network process through libkrun",
  "network-reach": "closed addresses under TSI, and box's network process under libkrun",
  // Volumes and disks: libkrun's own file server and block devices.
  volumes: "the file server is a thread of libkrun, not virtiofsd",
  pool: "an idle VM of libkrun, which is given to a box after it has booted",
  plans: "the words of box-vmm krun in a plan, and its witness, which is libkrun",
  "cold-run": "a disk whose extents fill while libkrun has them open",
  // The console and the agent's port.
  workload: "the agent's port of libkrun, with megabytes in both directions, and exit codes",
  surroundings: "processors, memory and clock as libkrun gives them",
  "own-user": "libkrun under a user of its own when root runs it: /dev/kvm, disks and console",
  "jail-processes": "box info beside what the kernel says of a VMM that is a library",
};

/** Differences for which the second tier of tests is enough: `npm run test:full`. */
export const IN_FULL = {
  "hostile-init":
    "a hostile guest's frames come through libkrun's port, but the monitor that reads them is the same",
  "volume-links":
    "libkrun serves what box-vmm has mounted, which checks the sources in the same way for both",
  services: "servers on TSI and disks at once (nginx, postgres)",
  "library-wait": "ports of TSI as a client that waits for them sees them",
  sidecar: "two images on one disk of libkrun, and a port on the loopback interface under TSI",
  platforms: "another boot disk, as the first disk of libkrun",
  "named-network": "the switch's stream to libkrun's virtio-net",
  "shared-volumes":
    "libkrun's file server: no caching of names and sizes, extended attributes, several writers",
  networks: "an interface of libkrun with addresses on several networks",
  control: "pause, which stops the threads of libkrun, clocks afterwards, and top and stats of that process",
  disk: "a full disk of the host under libkrun's block device",
  start: "the writable layer of a persistent box that is killed",
  unprivileged: "the jail of box-vmm krun, and /dev/kvm in it, without root",
  crash: "what is left when monitor or VMM are killed at any moment",
  leak: "processes, mounts and files of that VMM and of its TSI",
  "offline-session": "a writable layer that takes no writes",
  aborted: "how VMs that a signal gives up are started and ended",
  "library-programs": "five VMs at once, and their traces when their program is killed",
};
