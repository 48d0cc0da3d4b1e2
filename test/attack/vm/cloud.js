// Stands for a host in a cloud, in a network namespace of its own: services answer "reached" at loopback and at addresses
// that are closed to boxes, at one port of TCP and UDP. Each UDP answer comes after one from a stranger, another port of
// the same address. Then runs a command there, and ends with its exit code.
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
