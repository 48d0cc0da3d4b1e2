// Plays a host in a cloud, in its own network namespace: services answer "reached" on loopback and on addresses that
// are closed to boxes, on one TCP and UDP port. Each UDP reply is preceded by one from an unrelated sender, another
// port of the same address. Then runs a command there, and exits with its exit code.
//
//     unshare --net node cloud.js PORT ADDRESS,ADDRESS… COMMAND ARG…
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const [port = "", addresses = "", command = "", ...args] = process.argv.slice(2);

/** @param {string} address */
async function serve(address) {
  execFileSync("busybox", ["ip", "address", "add", `${address}/32`, "dev", "lo"]);
  const server = createServer((socket) => {
    socket.on("error", () => undefined).once("data", () => socket.end("reached"));
  });
  const socket = createSocket("udp4");
  const stranger = createSocket("udp4");
  socket.on("message", (_, peer) => {
    stranger.send("stranger", peer.port, peer.address, () => socket.send("reached", peer.port, peer.address));
  });
  server.listen(Number(port), address);
  socket.bind(Number(port), address);
  stranger.bind(0, address);
  await Promise.all([server, socket, stranger].map((one) => once(one, "listening")));
}

execFileSync("busybox", ["ip", "link", "set", "lo", "up"]);
await Promise.all(addresses.split(",").map(serve));
const [code] = /** @type {[number | null]} */ (
  await once(spawn(command, args, { stdio: "inherit" }), "exit")
);
process.exit(code ?? 1);
