import { connect } from "node:net";
import { Readable } from "node:stream";
import { CONNECT_MS, stalled } from "./failure.js";
import type { Request, Response } from "./transport.js";

const MOST_BYTES = 16 * 1024;
const STATUS = /^HTTP\/1\.[01] ([2-5]\d\d)(?: [\x20-\x7e]*)?$/;
const FIELD = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*([\x20-\x7e]*)$/;

/** The head of an answer (RFC 9112); undefined when it is not as plain as registries write it. */
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

/** The request as it is sent; undefined when a header could be taken for two. */
function format(url: URL, headers: Request["headers"]): string | undefined {
  const lines = Object.entries({ host: url.host, connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  if (lines.some((line) => /[^\x20-\x7e]/.test(line))) return undefined;
  return [`HEAD ${url.pathname}${url.search} HTTP/1.1`, ...lines, "\r\n"].join("\r\n");
}

/**
 * HEAD by plain HTTP, on a connection of its own: whether an image is still the one that is here is asked far more often
 * than anything else, and of the time that it takes, the loading of Node's own client would be a quarter. (With TLS its
 * connections, which are kept, are worth more.)
 * @returns undefined for what that client should rather be asked
 * @throws the system's error, or undici's when nothing comes
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
