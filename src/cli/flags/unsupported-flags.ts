/** Flags of `docker run` that box does not support, and what to use instead. */
export const UNSUPPORTED_FLAGS: Record<string, string> = {
  "--annotation": "use labels: -l NAME=VALUE",
  "--blkio-weight": "box does not support disk weights",
  "--cgroup-parent": "each box has its own kernel and cgroups",
  "--cpuset-mems": "use --cpuset-cpus",
  "--device-cgroup-rule": "boxes have the devices of their VM only: see --device",
  "--gpus": "a box has no GPU",
  "--ip6": "networks have IPv4 addresses only: use --ip",
  "--kernel-memory": "-m limits the whole VM, including its kernel",
  "--mac-address": "a network derives the MAC address from the IPv4 address: use --ip",
  "--memory-swappiness": "use --sysctl vm.swappiness=NUMBER",
  "--oom-kill-disable": "the kernel of the box handles out-of-memory conditions",
  "--pid": "each box has its own kernel and namespaces",
  "--runtime": "use --vmm to choose the VMM",
  "--userns": "each box has its own kernel and namespaces",
  "--uts": "each box has its own kernel and namespaces",
  "--volume-driver": "volumes are directories of this host",
};
