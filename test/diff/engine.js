// Starts a Docker engine for the runner: Debian's packages, unpacked into build/diff/engine and never installed.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fetchPackages } from "../images/packages.js";
import { BUILD } from "./recorder.js";

/** Without dependencies: the libraries are those of the Debian system, or these. */
const PACKAGES = ["docker.io", "containerd", "runc", "tini", "libdevmapper1.02.1", "libseccomp2"];

/** @returns {string} a PATH with the engine's programs */
function unpackEngine() {
  const folder = join(BUILD, "engine");
  const { debs } = fetchPackages(PACKAGES, new Set(), (name) => !PACKAGES.includes(name));
  const record = join(folder, "complete");
  const list = debs.map((deb) => `${basename(deb)}\n`).join("");
  if (!existsSync(record) || readFileSync(record, "utf8") !== list) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const deb of debs) execFileSync("dpkg-deb", ["-x", deb, folder]);
    writeFileSync(`${record}.new`, list);
    renameSync(`${record}.new`, record);
  }
  return ["usr/sbin", "usr/bin"].map((name) => join(folder, name)).join(":");
}

/**
 * @typedef {object} Engine
 * @property {string} host for DOCKER_HOST
 * @property {string} folder of everything it writes
 * @property {string[]} inside prefix of a command line that runs in the engine's network namespace
 * @property {(method: string, path: string, body?: Buffer) => Promise<unknown>} call calls its API
 * @property {() => Promise<void>} stop
 */

/**
 * @param {string} socket @param {string} method @param {string} path @param {Buffer} [body]
 * @returns {Promise<unknown>} the answer's JSON, or its text
 */
async function call(socket, method, path, body) {
  const asked = request({
    socketPath: socket,
    method,
    path,
    headers: body ? { "Content-Type": "application/x-tar", "Content-Length": body.length } : {},
  });
  asked.end(body);
  const [response] = /** @type {[import("node:http").IncomingMessage]} */ (await once(asked, "response"));
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += String(chunk);
  if ((response.statusCode ?? 0) >= 400)
    throw new Error(`the engine refuses ${method} ${path}: ${text.trim()}`);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @param {string} folder @param {string} name @param {Promise<unknown>} ended */
async function awaitFile(folder, name, ended) {
  const watcher = watch(folder);
  try {
    const appears = new Promise((resolve) => {
      watcher.on("change", () => existsSync(join(folder, name)) && resolve(true));
      if (existsSync(join(folder, name))) resolve(true);
    });
    if ((await Promise.race([appears, ended.then(() => false)])) === false)
      throw new Error("the Docker engine does not start");
  } finally {
    watcher.close();
  }
}

/** @returns {Promise<Engine>} */
export async function startEngine() {
  if (process.getuid?.() !== 0) throw new Error("a Docker engine needs root");
  const programs = unpackEngine();
  // A socket's path has at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), "box-diff-"));
  writeFileSync(join(folder, "daemon.json"), "{}");
  // In a session of its own: a Ctrl-C reaches only the runner, whose end closes its stdin.
  const child = spawn(join(import.meta.dirname, "engine.sh"), [programs, folder], {
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
  });
  const ended = once(child, "exit");
  const socket = join(folder, "docker.sock");
  await awaitFile(folder, "docker.sock", ended);
  await call(socket, "GET", "/_ping");
  const pid = readFileSync(join(folder, "pid"), "utf8").trim();
  return {
    host: `unix://${socket}`,
    folder,
    inside: ["nsenter", `--net=/proc/${pid}/ns/net`],
    call: (method, path, body) => call(socket, method, path, body),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
