/** Descriptors that `box-vmm launch` hands to the monitor (docs/vmm-helper.md). */
export const Descriptor = {
  /** The monitor's own log. */
  log: 2,
  /** The command that started the box. */
  command: 3,
  /** The listening socket for further commands. */
  control: 4,
  /** Stream to the agent in the guest. */
  agent: 5,
  /** The guest's console. */
  console: 6,
  /** The box's lock. */
  lock: 7,
  /** Output of the VMM and its helper. */
  vmm: 8,
  /** The slot for the start of the VM; without one, /dev/null. */
  slot: 9,
} as const;
