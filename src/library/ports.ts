import type { Box } from "../engine/boxes.js";
import { BoxError } from "../errors.js";

/** Where something on the host listens. */
export interface HostPort {
  host: string;
  port: number;
}

/** Every address of the host has this one as well. */
const LOOPBACK: Record<string, string> = { "": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Where a port of a running box is published; undefined when it is not. */
export function findHostPort(
  { record, state }: Box,
  port: number,
  protocol: "tcp" | "udp",
): HostPort | undefined {
  const ports = state.status === "running" ? record.ports : [];
  const bindings = ports.filter((one) => one.guestPort === port && one.protocol === protocol);
  // A server in the box need not know IPv6.
  const binding = bindings.find(({ address }) => !address.includes(":")) ?? bindings[0];
  return binding && { host: LOOPBACK[binding.address] ?? binding.address, port: binding.hostPort };
}

/** @throws BoxError not-running, no-such-port */
export function hostPortOf(box: Box, port: number, protocol: "tcp" | "udp"): HostPort {
  const { record, state } = box;
  const found = findHostPort(box, port, protocol);
  if (found) return found;
  if (state.status !== "running") throw new BoxError("not-running", `box ${record.name} is not running`);
  throw new BoxError("no-such-port", `port ${port}/${protocol} of box ${record.name} is not published`, {
    hint: `publish it: \`portMap: ["${port}"]\``,
  });
}
