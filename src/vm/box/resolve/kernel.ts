/** Kernel settings and devices that a box may have. */
import { BoxError } from "../../../errors.js";
import type { Device } from "../../../config/syntax/device.js";

/** Devices of the guest kernel that are useful without access to the host. */
const DEVICES =
  /^\/dev\/(null|zero|full|random|urandom|tty|fuse|net\/tun|kmsg|loop-control|loop[0-7]|mapper\/control|btrfs-control|hwrng|uinput|userfaultfd|cpu_dma_latency)$/;

/**
 * Returns the path below /proc/sys of a setting. The first separator decides how the others are read, as in sysctl(8).
 */
export function sysctlPath(name: string): string {
  if (/^[^.]*\//.test(name)) return name;
  return name.replaceAll(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}

/**
 * Returns the additional devices of the guest kernel that a box gets.
 * @throws BoxError device-unavailable
 */
export function resolveDevices(
  devices: Device[],
): { name: string; path: string; read: boolean; write: boolean }[] {
  return devices.map(({ source, target, permissions }) => {
    if (!DEVICES.test(source)) {
      throw new BoxError(
        "device-unavailable",
        `device ${source} is not available: a box is a virtual machine`,
        {
          subject: "record.devices",
          hint: "host devices cannot be passed through; devices such as /dev/fuse, /dev/net/tun and /dev/loop0 are available",
        },
      );
    }
    return {
      name: source.slice("/dev/".length),
      path: target,
      read: permissions.includes("r"),
      write: permissions.includes("w"),
    };
  });
}
