// Runs commands of box that client.c passes on, one after the other, in this process: `node commands.js SOCKET`. It ends
// when its stdin does, and when a client is killed: then the command that it waits for hangs.
import { createReadStream, rmSync } from "node:fs";
import { createServer } from "node:net";
import { Readable } from "node:stream";
import { newInstance, runInProcess } from "../in-process.js";

const instance = newInstance();

/** client.c has the same numbers. */
const KINDS = /** @type {const} */ ({ stdout: 1, stderr: 2, code: 3 });

/** @param {number} kind @param {number} number */
function message(kind, number) {
  const header = Buffer.alloc(5);
  header.writeUInt8(kind);
  header.writeUInt32LE(number, 1);
  return header;
}

/** Opened by the first read. @param {string} pid of the client */
const stdinOf = (pid) =>
  Readable.from(
    (async function* read() {
      yield* createReadStream(`/proc/${pid}/fd/0`);
    })(),
  );

/** @param {Buffer} request @returns {import("../in-process.js").Command} */
function parse(request) {
  const [pid = "", count = "", cwd = "", ...texts] = request.toString().split("\0").slice(0, -1);
  const variables = texts.splice(Number(count)).map((text) => {
    const end = text.indexOf("=");
    return [text.slice(0, end), text.slice(end + 1)];
  });
  return {
    args: texts,
    cwd,
    stdin: stdinOf(pid),
    env: /** @type {NodeJS.ProcessEnv} */ (Object.fromEntries(variables)),
  };
}

/** @param {import("node:net").Socket} client */
function serve(client) {
  let request = Buffer.alloc(0);
  let isAnswered = false;
  const answer = async () => {
    const { code, outputs } = await runInProcess(parse(request.subarray(4)), instance);
    isAnswered = true;
    for (const { stream, data } of outputs) {
      client.write(message(KINDS[stream], data.length));
      client.write(data);
    }
    client.end(message(KINDS.code, code));
  };
  client.on("data", (data) => {
    request = Buffer.concat([request, data]);
    if (request.length >= 4 && request.length === 4 + request.readUInt32LE()) void answer();
  });
  client.on("error", () => undefined);
  client.once("close", () => {
    if (!isAnswered) process.exit(1);
  });
}

const [socket = ""] = process.argv.slice(2);
rmSync(socket, { force: true });
createServer(serve).listen(socket, () => console.log("ready"));
process.stdin.once("end", () => process.exit()).resume();
