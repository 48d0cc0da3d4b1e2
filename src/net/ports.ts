import type { Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { BoxError, errnoOf } from "../errors.js";
import { formatPort, type PortBinding } from "../config/syntax/port.js";

/** A host port that is bound. */
interface Held {
  port: number;
  release: () => Promise<void>;
}

/** All addresses of the host: of both families, or of IPv4 only if there is no IPv6. */
const EVERY = ["::", "0.0.0.0"];

function holdTcp(host: string, port: number): Promise<Held> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer();
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address ? address.port : port,
        release: () => new Promise((done) => server.close(() => done())),
      });
    });
  });
}

async function holdUdp(host: string, port: number): Promise<Held> {
  // Loaded only for boxes with UDP ports.
  const { createSocket } = await import("node:dgram");
  return new Promise((resolve, reject) => {
    const socket: Socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.once("error", reject);
    socket.bind({ address: host, port, exclusive: true }, () =>
      resolve({
        port: socket.address().port,
        release: () => new Promise((done) => socket.close(() => done())),
      }),
    );
  });
}

async function hold({ address, protocol }: PortBinding, port: number): Promise<Held> {
  const bind = protocol === "udp" ? holdUdp : holdTcp;
  const [host = "", next] = address === "" ? EVERY : [address];
  try {
    return await bind(host, port);
  } catch (error) {
    const lacksFamily = errnoOf(error) === "EAFNOSUPPORT" || errnoOf(error) === "EADDRNOTAVAIL";
    if (next === undefined || !lacksFamily) throw error;
    return bind(next, port);
  }
}

function refusal(binding: PortBinding, error: unknown): BoxError {
  const subject = "portMap";
  const { address, protocol } = binding;
  const last = binding.hostLast === undefined ? "" : `-${binding.hostLast}`;
  const bracketed = address.includes(":") ? `[${address}]` : address === "" ? "0.0.0.0" : address;
  const host = `${bracketed}:${binding.hostPort}${last}${protocol === "udp" ? "/udp" : ""}`;
  switch (errnoOf(error)) {
    case "EADDRINUSE":
      return new BoxError(
        "port-in-use",
        last === ""
          ? `Bind for ${host} failed: port is already allocated`
          : `Bind for ${host} failed: all ports are already allocated`,
        { subject, hint: "choose another host port, or stop the process that is using it" },
      );
    case "EADDRNOTAVAIL":
      return new BoxError("address-unknown", `${address} is not an address of this host`, {
        subject,
        hint: "`ip addr` lists the host's addresses",
      });
    case "EACCES":
      return new BoxError("port-privileged", `binding port ${host} requires privileges`, {
        subject,
        hint: "choose a host port of 1024 or higher",
      });
    default:
      return new BoxError("port-unusable", `cannot listen on ${formatPort(binding)}`, {
        subject,
        cause: error,
      });
  }
}

/** Binds the first free port of the binding's range. */
async function holdFirst(binding: PortBinding): Promise<Held> {
  const last = binding.hostLast ?? binding.hostPort;
  for (let port = binding.hostPort; ; port++) {
    try {
      return await hold(binding, port);
    } catch (error) {
      if (errnoOf(error) !== "EADDRINUSE" || port >= last) throw refusal(binding, error);
    }
  }
}

/**
 * Assigns a free port to each binding with host port 0, and the first free port to each one with a range. Checks that the
 * others can be bound. The VMM binds them again shortly, and reports ports that were taken in between.
 * @throws BoxError port-in-use, address-unknown, port-privileged, port-unusable
 */
export async function allocatePorts(bindings: PortBinding[]): Promise<PortBinding[]> {
  const held: Held[] = [];
  try {
    const allocated: PortBinding[] = [];
    for (const binding of bindings) {
      const { address, guestPort, protocol } = binding;
      const one = await holdFirst(binding);
      held.push(one);
      allocated.push({ address, hostPort: one.port, guestPort, protocol });
    }
    return allocated;
  } finally {
    await Promise.all(held.map(({ release }) => release()));
  }
}
