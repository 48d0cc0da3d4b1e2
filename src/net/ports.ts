import { createServer, type AddressInfo, type Server } from "node:net";
import { BoxError, errnoOf } from "../config/errors.js";
import { formatPort, type PortBinding } from "../config/syntax/port.js";

function listen(address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: address === "" ? "0.0.0.0" : address, port, exclusive: true }, () =>
      resolve(server),
    );
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function refusal(binding: PortBinding, error: unknown): BoxError {
  const host = `${binding.address === "" ? "0.0.0.0" : binding.address}:${binding.hostPort}`;
  switch (errnoOf(error)) {
    case "EADDRINUSE":
      return new BoxError("port-in-use", `-p: port ${host} is already in use`, {
        hint: "choose another host port, or stop what listens there (`box ps` shows the ports of boxes)",
      });
    case "EADDRNOTAVAIL":
      return new BoxError("address-unknown", `-p: ${binding.address} is not an address of this host`, {
        hint: "`ip addr` lists the host's addresses",
      });
    case "EACCES":
      return new BoxError("port-privileged", `-p: port ${host} needs privileges on this host`, {
        hint: "choose a host port of 1024 or above",
      });
    default:
      return new BoxError("port-unusable", `-p: cannot listen on ${formatPort(binding)}`, { cause: error });
  }
}

/**
 * Gives every binding with host port 0 a free port, and makes sure that the others can be listened on.
 * The VMM binds them again in a moment; what happens in between is its error to tell.
 * @throws BoxError port-in-use, address-unknown, port-privileged, port-unusable
 */
export async function claimPorts(bindings: PortBinding[]): Promise<PortBinding[]> {
  const servers: Server[] = [];
  try {
    const claimed: PortBinding[] = [];
    for (const binding of bindings) {
      try {
        const server = await listen(binding.address, binding.hostPort);
        servers.push(server);
        claimed.push({ ...binding, hostPort: (server.address() as AddressInfo).port });
      } catch (error) {
        throw refusal(binding, error);
      }
    }
    return claimed;
  } finally {
    await Promise.all(servers.map(close));
  }
}
