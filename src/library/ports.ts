import { quote } from "../config/syntax/quote.js";
import type { Box } from "../engine/boxes.js";
import { BoxError } from "../errors.js";

/** An address and port on the host. */
export interface HostPort {
  host: string;
  port: number;
}

/** A wildcard address includes this one. */
const LOOPBACK: Record<string, string> = { "": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Returns the host address at which a port of a running box is published, or undefined. */
export function findHostPort(
  { record, state }: Box,
  port: number,
  protocol: "tcp" | "udp",
): HostPort | undefined {
  const ports = state.status === "running" ? record.ports : [];
  const bindings = ports.filter((one) => one.guestPort === port && one.protocol === protocol);
  // A server in the box may not support IPv6.
  const binding = bindings.find(({ address }) => !address.includes(":")) ?? bindings[0];
  return binding && { host: LOOPBACK[binding.address] ?? binding.address, port: binding.hostPort };
}

/** @throws BoxError not-running, no-such-port */
export function hostPortOf(box: Box, port: number, protocol: "tcp" | "udp"): HostPort {
  const { record, state } = box;
  const found = findHostPort(box, port, protocol);
  if (found) return found;
  if (state.status !== "running") throw new BoxError("not-running", `box ${record.name} is not running`);
  throw new BoxError(
    "no-such-port",
    `no public port ${quote(`${port}/${protocol}`)} published for ${record.name}`,
    {
      hint: `publish it with \`portMap: ["${port}"]\``,
    },
  );
}
