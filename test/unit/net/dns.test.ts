import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolvConf } from "../../../src/net/dns.js";

async function files(...contents: string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "box-dns-"));
  return Promise.all(
    contents.map(async (content, i) => {
      const path = join(folder, String(i));
      await writeFile(path, content);
      return path;
    }),
  );
}

describe("resolvConf", () => {
  it("takes the host's servers and search domains", async () => {
    const paths = await files(
      "# made by hand\nsearch example.org\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n",
    );
    expect(await resolvConf([], paths)).toBe(
      "search example.org\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n",
    );
  });

  it("looks behind a resolver on loopback", async () => {
    const paths = await files("nameserver 127.0.0.53\noptions edns0\n", "nameserver 192.0.2.9\n");
    expect(await resolvConf([], paths)).toBe("options edns0\nnameserver 192.0.2.9\n");
  });

  it("falls back to a public server when the host has none to share", async () => {
    expect(await resolvConf([], ["/does/not/exist"])).toBe("nameserver 8.8.8.8\n");
    expect(await resolvConf([], await files("nameserver ::1\n"))).toBe("nameserver 8.8.8.8\n");
  });

  it("prefers the servers asked for", async () => {
    expect(await resolvConf(["192.0.2.7"], await files("nameserver 192.0.2.1\n"))).toBe(
      "nameserver 192.0.2.7\n",
    );
  });
});
