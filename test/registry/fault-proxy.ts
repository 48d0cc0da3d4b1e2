import { createServer, request as forward, type IncomingMessage } from "node:http";
import { serveOnLoopback } from "./loopback.js";
import type { Fault } from "./scripted.js";

export interface FaultProxy {
  host: string;
  /** All requests received: `PATCH /v2/…`, and its headers. */
  requests: { line: string; headers: IncomingMessage["headers"] }[];
  count: (pattern: RegExp) => number;
  stop: () => Promise<void>;
}

/** Starts a proxy in front of a real registry that injects faults. */
export async function startFaultProxy(target: string, fault: Fault = () => false): Promise<FaultProxy> {
  const [hostname, port] = target.split(":");
  const requests: FaultProxy["requests"] = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    requests.push({ line: `${method ?? ""} ${url ?? ""}`, headers });
    void Promise.resolve(fault(request, response)).then((handled) => {
      if (handled) return;
      const onward = forward({ hostname, port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      // If the client aborts a request, abort the forwarded one as well.
      request.on("error", () => onward.destroy());
      request.on("close", () => {
        if (!request.complete) onward.destroy();
      });
      request.pipe(onward);
    });
  });
  return {
    ...(await serveOnLoopback(server)),
    requests,
    count: (pattern) => requests.filter(({ line }) => pattern.test(line)).length,
  };
}
