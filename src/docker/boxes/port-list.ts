import type { Box } from "../../engine/boxes.js";
import { exposedPortsOf } from "../../vm/box/exposed-ports.js";

interface Port {
  /** Address of the host; empty if the port is exposed but not published. */
  address: string;
  hostPort: number;
  port: number;
  protocol: string;
}

/** `127.0.0.1:8080` */
export function formatHost({ address, hostPort }: { address: string; hostPort: number | string }): string {
  const host = address === "" ? "0.0.0.0" : address;
  return `${host.includes(":") ? `[${host}]` : host}:${hostPort}`;
}

/** Ports that the box exposes without publishing them. */
function unpublished({ record }: Box): Port[] {
  const published = new Set(record.ports.map(({ guestPort, protocol }) => `${guestPort}/${protocol}`));
  return exposedPortsOf(record)
    .filter((text) => !published.has(text))
    .map((text) => {
      const [port = "", protocol = ""] = text.split("/");
      return { address: "", hostPort: 0, port: Number(port), protocol };
    });
}

function portsOf(box: Box): Port[] {
  const published = box.record.ports.map(({ address, hostPort, guestPort, protocol }) => ({
    address: address === "" ? "0.0.0.0" : address,
    hostPort,
    port: guestPort,
    protocol,
  }));
  return [...published, ...unpublished(box)].sort(
    (a, b) =>
      a.port - b.port ||
      Number(a.address > b.address) - Number(a.address < b.address) ||
      a.hostPort - b.hostPort ||
      Number(a.protocol > b.protocol) - Number(a.protocol < b.protocol),
  );
}

/** Consecutive ports of the same address and protocol. */
interface Range {
  address: string;
  protocol: string;
  first: number;
  last: number;
}

function formatRange({ address, protocol, first, last }: Range): string {
  const ports = first === last ? `${first}` : `${first}-${last}`;
  const place = address === "" ? ports : `${formatHost({ address, hostPort: ports })}->${ports}`;
  return `${place}/${protocol}`;
}

/**
 * The ports of a running box as `docker ps` shows them: `99/tcp, 0.0.0.0:8080->80/tcp`. Ports that are the same on the
 * host are joined to ranges; ports that another one of the host leads to come last.
 */
export function formatPorts(box: Box): string {
  if (box.state.status !== "running") return "";
  const ended: string[] = [];
  const open = new Map<string, Range>();
  const moved: string[] = [];
  for (const { address, hostPort, port, protocol } of portsOf(box)) {
    if (address !== "" && hostPort !== port) {
      moved.push(`${formatHost({ address, hostPort })}->${port}/${protocol}`);
      continue;
    }
    const key = `${address}/${protocol}`;
    const range = open.get(key);
    if (range?.last === port - 1) range.last = port;
    else {
      if (range) ended.push(formatRange(range));
      open.set(key, { address, protocol, first: port, last: port });
    }
  }
  return [...ended, ...[...open.values()].map(formatRange), ...moved].join(", ");
}
