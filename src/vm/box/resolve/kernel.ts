/** What a box may have of its kernel: settings and devices. */
import { BoxError } from "../../../errors.js";
import type { Device } from "../../../config/syntax/device.js";

/** Devices that the guest's kernel has and that make sense without a host behind them. */
const DEVICES =
  /^\/dev\/(null|zero|full|random|urandom|tty|fuse|net\/tun|kmsg|loop-control|loop[0-7]|mapper\/control|btrfs-control|hwrng|uinput|userfaultfd|cpu_dma_latency)$/;

/**
 * The path below /proc/sys of a setting's name: as sysctl(8) has it, the first separator decides what the others mean.
 */
export function sysctlPath(name: string): string {
  if (/^[^.]*\//.test(name)) return name;
  return name.replaceAll(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}

/**
 * The devices of the guest's kernel that a box gets in addition.
 * @throws BoxError device-unavailable
 */
export function resolveDevices(
  devices: Device[],
): { name: string; path: string; read: boolean; write: boolean }[] {
  return devices.map(({ source, target, permissions }) => {
    if (!DEVICES.test(source)) {
      throw new BoxError("device-unavailable", `a box is a virtual machine and has no ${source}`, {
        subject: "record.devices",
        hint: "devices of this host cannot be passed on; /dev/fuse, /dev/net/tun, /dev/loop0 and the like can be had",
      });
    }
    return {
      name: source.slice("/dev/".length),
      path: target,
      read: permissions.includes("r"),
      write: permissions.includes("w"),
    };
  });
}
