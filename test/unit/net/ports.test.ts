import { once } from "node:events";
import { createSocket } from "node:dgram";
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { allocatePorts } from "../../../src/net/ports.js";

const binding = (hostPort: number, address = "127.0.0.1") => ({
  address,
  hostPort,
  guestPort: 80,
  protocol: "tcp" as const,
});

describe("allocatePorts", () => {
  it("picks a different free port for each unspecified one, and releases it", async () => {
    const [a, b] = await allocatePorts([binding(0), binding(0)]);
    expect(a?.hostPort).toBeGreaterThan(0);
    expect(a?.hostPort).not.toBe(b?.hostPort);
    await expect(allocatePorts([binding(a?.hostPort ?? 0)])).resolves.toHaveLength(1);
  });

  it("reports a port that is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    await expect(allocatePorts([binding(port)])).rejects.toThrow(
      `Bind for 127.0.0.1:${port} failed: port is already allocated`,
    );
    server.close();
  });

  it("picks the first free port of a range, and reports the range if all are in use", async () => {
    const [free] = await allocatePorts([binding(0)]);
    const port = free?.hostPort ?? 0;
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    const range = (hostLast: number) => ({ ...binding(port), hostLast });
    const [next] = await allocatePorts([range(port + 20)]);
    expect(next?.hostPort).toBeGreaterThan(port);
    expect(next).not.toHaveProperty("hostLast");
    await expect(allocatePorts([range(port)])).rejects.toThrow(
      `127.0.0.1:${port}-${port} failed: all ports are already allocated`,
    );
    server.close();
  });

  it("allocates UDP ports separately from TCP ports, on all addresses", async () => {
    // A port that no connection of another process uses at the moment.
    const server = createServer().listen(0, "::");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    const socket = createSocket("udp6").bind(port);
    await once(socket, "listening");
    const udp = (address: string) => ({ ...binding(port, address), protocol: "udp" as const });
    await expect(allocatePorts([udp("")])).rejects.toThrow(
      `0.0.0.0:${port}/udp failed: port is already allocated`,
    );
    await expect(allocatePorts([udp("::1")])).rejects.toThrow(
      `[::1]:${port}/udp failed: port is already allocated`,
    );
    await expect(allocatePorts([binding(port)])).resolves.toHaveLength(1);
    socket.close();
  });

  it("reports an address that does not belong to this host", async () => {
    await expect(allocatePorts([binding(0, "192.0.2.1")])).rejects.toMatchObject({ code: "address-unknown" });
  });
});
