/** Servers and clients on this host, for the boxes of the network's tests. */
import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { finish, ROOT, testEnvironment, type Result } from "./box.js";

/** A non-loopback IPv4 address of this machine. */
export const ownAddress =
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";

export interface HostServices {
  tcp: number;
  udp: number;
  close: () => void;
}

/** Answers the first data of every connection, and every datagram, at an address with "reached". */
export async function serveHost(host: string): Promise<HostServices> {
  const server: Server = createServer((socket) => {
    // Only after data has arrived: over TSI, ending one direction of a connection ends both.
    socket.on("error", () => undefined).once("data", () => socket.end("reached"));
  });
  const socket: Socket = createSocket("udp4");
  socket.on("message", (_, peer) => socket.send("reached", peer.port, peer.address));
  server.listen(0, host);
  socket.bind(0, host);
  await Promise.all([once(server, "listening"), once(socket, "listening")]);
  return {
    tcp: (server.address() as AddressInfo).port,
    udp: socket.address().port,
    close: () => {
      server.close();
      socket.close();
    },
  };
}

/** Sends this many bytes over each connection whose client has ended its side. */
export async function serveAtTheEnd(
  host: string,
  bytes: number,
): Promise<{ port: number; close: () => void }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined).resume();
    socket.once("end", () => socket.end(Buffer.alloc(bytes, "x")));
  });
  server.listen(0, host);
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Returns the first answer to "hi" over TCP, or "refused". */
export function askTcp(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => socket.write("hi"));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once("error", () => resolve("refused"));
    socket.once("end", () => resolve("refused"));
  });
}

/** Returns the first answer to a text over UDP. Datagrams may be lost, so it is sent repeatedly. */
export async function askUdp(host: string, port: number, text = "hi"): Promise<string> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const send = () => socket.send(text, port, host);
  socket.on("error", () => undefined);
  const again = setInterval(send, 500);
  send();
  try {
    const [data] = (await once(socket, "message")) as [Buffer];
    return data.toString();
  } finally {
    clearInterval(again);
    socket.close();
  }
}

/** Answers a query for any name with 192.0.2.77. */
function answerDns(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const isA = query.readUInt16BE(end - 4) === 1;
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(isA ? 1 : 0, 6);
  head.fill(0, 8);
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 77]);
  return Buffer.concat([head, query.subarray(12, end), ...(isA ? [answer] : [])]);
}

/**
 * Starts a resolver on port 53 of an address of this host, for the current test. It resolves every name to 192.0.2.77.
 * @param onTcp is called for each query over TCP
 */
export async function serveDns(address: string, onTcp: () => void = () => undefined): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("message", (query, peer) => socket.send(answerDns(query), peer.port, peer.address));
  const server = createServer((connection) => {
    // A short message arrives together with its length, or after it.
    let seen = Buffer.alloc(0);
    connection
      .on("error", () => undefined)
      .on("data", (data: Buffer) => {
        seen = Buffer.concat([seen, data]);
        while (seen.length >= 2 && seen.length >= 2 + seen.readUInt16BE(0)) {
          const length = seen.readUInt16BE(0);
          const answer = answerDns(seen.subarray(2, 2 + length));
          connection.write(Buffer.concat([Buffer.of(answer.length >> 8, answer.length & 255), answer]));
          seen = seen.subarray(2 + length);
          onTcp();
        }
      });
  });
  socket.bind(53, address);
  server.listen(53, address);
  await Promise.all([once(socket, "listening"), once(server, "listening")]);
  onTestFinished(() => {
    socket.close();
    server.close();
  });
}

/**
 * Runs box in a mount namespace of its own in which some of the host's files are replaced. An empty replacement stands
 * for an empty directory. Requires root.
 */
export function runInOwnMounts(replaced: Record<string, string>, args: string[]): Promise<Result> {
  const mounts = Object.entries(replaced)
    .filter(([path]) => existsSync(path))
    .map(([path, other]) =>
      other === "" ? `mount -t tmpfs none '${path}'` : `mount --bind '${other}' '${path}'`,
    );
  const script = [...mounts, 'exec "$@"'].join(" && ");
  const command = ["-m", "sh", "-c", script, "sh", process.execPath, join(ROOT, "dist", "box.js"), ...args];
  return finish(
    spawn("unshare", command, { cwd: ROOT, env: testEnvironment(), stdio: ["ignore", "pipe", "pipe"] }),
  );
}
