import { once } from "node:events";
import type { Server } from "node:http";
import type { Server as SecureServer } from "node:https";

/** Makes a server listen on a free loopback port. */
export async function serveOnLoopback(
  server: Server | SecureServer,
): Promise<{ host: string; stop: () => Promise<void> }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    host: `127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
