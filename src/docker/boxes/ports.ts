import { quote } from "../../config/syntax/quote.js";
import type { Box, InspectedBox } from "../../engine/boxes.js";
import { BoxError } from "../../errors.js";
import { formatHost } from "./port-list.js";

type Port = Box["record"]["ports"][number];

/** Docker's order of lines: numbers by value, words by their letters. */
function inOrder(a: Port, b: Port): number {
  const words = (one: string, other: string) => Number(one > other) - Number(one < other);
  return (
    a.guestPort - b.guestPort ||
    words(a.protocol, b.protocol) ||
    words(formatHost({ ...a, hostPort: 0 }), formatHost({ ...b, hostPort: 0 })) ||
    a.hostPort - b.hostPort
  );
}

/**
 * The lines of `docker port`: all published ports, and the socket of the sidecar, or the host addresses of one of them.
 * @param port for example `80` or `53/udp`
 * @throws BoxError no-such-port
 */
export function portLines({ record, state, sidecarSocket }: InspectedBox, port?: string): string[] {
  const ports = state.status === "running" ? [...record.ports].sort(inOrder) : [];
  if (port === undefined) {
    const lines = ports.map((one) => `${one.guestPort}/${one.protocol} -> ${formatHost(one)}`);
    if (state.status !== "running" || sidecarSocket === undefined) return lines;
    return [...lines, `${record.config.sidecar?.vsockPort}/sidecar -> ${sidecarSocket}`];
  }
  const wanted = port.includes("/") ? port : `${port}/tcp`;
  const found = ports.filter(({ guestPort, protocol }) => `${guestPort}/${protocol}` === wanted);
  if (found.length > 0) return found.map(formatHost);
  throw new BoxError("no-such-port", `no public port ${quote(wanted)} published for ${record.name}`, {
    detail: { box: record.name },
  });
}
