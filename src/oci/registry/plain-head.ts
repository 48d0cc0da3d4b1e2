import { connect } from "node:net";
import { Readable } from "node:stream";
import { CONNECT_MS, stalled } from "./failure.js";
import type { Request, Response } from "./transport.js";

const MOST_BYTES = 16 * 1024;
const STATUS = /^HTTP\/1\.[01] ([2-5]\d\d)(?: [\x20-\x7e]*)?$/;
const FIELD = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*([\x20-\x7e]*)$/;

/** Parses the head of a response (RFC 9112); undefined if it uses anything but the plainest syntax. */
function parseHead(head: string): Pick<Response, "statusCode" | "headers"> | undefined {
  const [first = "", ...lines] = head.split("\r\n");
  const [, status] = STATUS.exec(first) ?? [];
  if (status === undefined) return undefined;
  const headers: Record<string, string | string[]> = {};
  const challenges: string[] = [];
  for (const line of lines) {
    const [, field, value = ""] = FIELD.exec(line) ?? [];
    const name = field?.toLowerCase();
    if (name === "www-authenticate") challenges.push(value.trimEnd());
    else if (name === undefined || Object.hasOwn(headers, name)) return undefined;
    else headers[name] = value.trimEnd();
  }
  if (challenges.length > 0) headers["www-authenticate"] = challenges;
  return { statusCode: Number(status), headers };
}

/** Returns the text of the request; undefined if a header contains control or non-ASCII characters. */
function format(url: URL, headers: Request["headers"]): string | undefined {
  const lines = Object.entries({ host: url.host, connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  if (lines.some((line) => /[^\x20-\x7e]/.test(line))) return undefined;
  return [`HEAD ${url.pathname}${url.search} HTTP/1.1`, ...lines, "\r\n"].join("\r\n");
}

/**
 * Sends a HEAD request over plain HTTP, on a connection of its own. Checking whether an image is current is by far the
 * most frequent request, and loading Node's own client would take a quarter of its time. (With TLS, that client's
 * persistent connections are worth more.)
 * @returns undefined if Node's client should be used instead
 * @throws the system's error, or undici's error for a timeout
 */
export function askPlainHead(
  url: URL,
  { headers }: Request,
  { stallMs, signal }: { stallMs: number; signal: AbortSignal },
): Promise<Response | undefined> {
  const request = format(url, headers);
  if (request === undefined) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const socket = connect({ host, port: Number(url.port) || 80 });
    const abort = () => socket.destroy(signal.reason as Error);
    let seen = "";
    const answer = (head: ReturnType<typeof parseHead>) => {
      resolve(head && { ...head, body: Object.assign(Readable.from([]), { dump: () => Promise.resolve() }) });
      socket.destroy();
    };
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    socket.setTimeout(Math.min(stallMs, CONNECT_MS), () =>
      socket.destroy(stalled(socket.connecting ? "CONNECT" : "HEADERS")),
    );
    socket.once("connect", () => socket.setTimeout(stallMs).write(request));
    socket.setEncoding("latin1").on("data", (text: string) => {
      seen += text;
      const end = seen.indexOf("\r\n\r\n");
      if (end >= 0) answer(parseHead(seen.slice(0, end)));
      else if (seen.length > MOST_BYTES) answer(undefined);
    });
    socket.on("error", reject);
    socket.once("close", () => {
      signal.removeEventListener("abort", abort);
      reject(Object.assign(new Error("no answer"), { code: "ECONNRESET" }));
    });
  });
}
