import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import { serveOnLoopback } from "./loopback.js";
import { sha256, type TestImage, type TestIndex } from "./image.js";

export interface ScriptedRegistry {
  host: string;
  /** All requests received, in order. */
  requests: { method: string; path: string; headers: IncomingMessage["headers"] }[];
  count: (part: string) => number;
  stop: () => Promise<void>;
}

/** Handles a request itself and returns true, or leaves it to the registry. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

function collect(image: TestImage | TestIndex, documents: Map<string, Buffer>): void {
  documents.set(image.digest, image.manifest);
  for (const [digest, data] of image.blobs) documents.set(digest, data);
  for (const child of "children" in image ? image.children : []) collect(child, documents);
}

/** Starts a registry in memory that serves images by tag in any repository, and injects faults. */
export async function startScripted(
  images: Record<string, TestImage | TestIndex>,
  fault: Fault = () => false,
  tls?: ServerOptions,
): Promise<ScriptedRegistry> {
  const documents = new Map<string, Buffer>();
  for (const image of Object.values(images)) collect(image, documents);
  const requests: ScriptedRegistry["requests"] = [];

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const [, last = ""] = /\/(?:manifests|blobs)\/([^/?]+)$/.exec(request.url ?? "") ?? [];
    const data = documents.get(images[last]?.digest ?? last);
    if (!data) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] }));
      return;
    }
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    if (from === undefined) {
      response.writeHead(200, {
        "content-length": data.length,
        ...(request.url?.includes("/manifests/") ? { "docker-content-digest": sha256(data) } : {}),
      });
      response.end(request.method === "HEAD" ? undefined : data);
    } else {
      const part = data.subarray(Number(from));
      response.writeHead(206, {
        "content-length": part.length,
        "content-range": `bytes ${from}-${data.length - 1}/${data.length}`,
      });
      response.end(part);
    }
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    requests.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers });
    void Promise.resolve(fault(request, response)).then((handled) => {
      if (!handled) serve(request, response);
    });
  };
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  return {
    ...(await serveOnLoopback(server)),
    requests,
    count: (part) => requests.filter(({ path }) => path.includes(part)).length,
  };
}
