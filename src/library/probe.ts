import { request } from "node:http";
import { connect } from "node:net";
import type { HostPort } from "./ports.js";

/** How long a connection on which no data arrives has to stay open, in milliseconds. */
const SILENCE_MS = 1000;
/** A connection made before the server in the box listens may never be answered. */
const ANSWER_MS = 10_000;

/**
 * Connects to a published port. On some networks, the host accepts a connection before it connects to the guest, and
 * closes it if nothing listens there.
 */
export function tryPort(
  { host, port }: HostPort,
  signal: AbortSignal,
): Promise<"answered" | "silent" | "closed"> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (outcome: "answered" | "silent" | "closed") => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.destroy();
      resolve(outcome);
    };
    const abort = () => settle("closed");
    signal.addEventListener("abort", abort);
    let timer = setTimeout(settle, ANSWER_MS, "closed");
    socket.once("connect", () => {
      clearTimeout(timer);
      timer = setTimeout(settle, SILENCE_MS, "silent");
    });
    socket.once("data", () => settle("answered"));
    socket.once("error", () => settle("closed"));
    socket.once("close", () => settle("closed"));
  });
}

/** Returns the status of an HTTP server's response, or undefined if there is no valid response. */
export function tryHttp(
  { host, port }: HostPort,
  path: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sent = request({ host, port, path, agent: false, signal, timeout: ANSWER_MS }, (response) => {
      resolve(response.statusCode);
      sent.destroy();
    });
    sent.once("timeout", () => sent.destroy());
    sent.once("error", () => resolve(undefined));
    sent.once("close", () => resolve(undefined));
    sent.end();
  });
}

/** State LISTEN in the tables of /proc/net. */
const LISTEN = "0A";

/** Whether a table in the format of /proc/net/tcp and tcp6 lists a server on a port. */
export function listsServer(tables: string, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return tables.split("\n").some((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return state === LISTEN && local.endsWith(suffix);
  });
}
