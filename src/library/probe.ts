import { request } from "node:http";
import { connect } from "node:net";
import type { HostPort } from "./ports.js";

/** How long a connection has to stay open, in milliseconds, where it says nothing. */
const SILENCE_MS = 1000;
/** A connection made before the server in the box listens may never be answered. */
const ANSWER_MS = 10_000;

/**
 * Connects to a published port. On some networks the host accepts before it has asked the guest, and closes the
 * connection when nothing listens there.
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

/** The status of an HTTP server's answer; undefined when there is none. */
export function tryHttp(
  { host, port }: HostPort,
  path: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path, agent: false, signal, timeout: ANSWER_MS }, (response) => {
      resolve(response.statusCode);
      asked.destroy();
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(undefined));
    asked.once("close", () => resolve(undefined));
    asked.end();
  });
}

/** State LISTEN in the tables of /proc/net. */
const LISTEN = "0A";

/** Whether tables as /proc/net/tcp and tcp6 have them list a server at a port. */
export function listsServer(tables: string, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return tables.split("\n").some((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return state === LISTEN && local.endsWith(suffix);
  });
}
