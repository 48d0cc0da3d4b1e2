import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDns } from "../../../src/config/syntax/dns.js";
import { closedResolver, resolvConf } from "../../../src/net/dns.js";

const NOTHING = parseDns([]);

let home: string;

beforeAll(async () => void (home = await mkdtemp(join(tmpdir(), "box-dns-"))));
afterAll(() => rm(home, { recursive: true }));

async function files(...contents: string[]): Promise<string[]> {
  const folder = await mkdtemp(join(home, "files-"));
  return Promise.all(
    contents.map(async (content, i) => {
      const path = join(folder, String(i));
      await writeFile(path, content);
      return path;
    }),
  );
}

describe("resolvConf", () => {
  it("uses the host's servers and search domains", async () => {
    const paths = await files(
      "# written by hand\nsearch example.org\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n",
    );
    expect(await resolvConf(NOTHING, paths)).toBe(
      "search example.org\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n",
    );
  });

  it("uses the servers behind a stub resolver on loopback", async () => {
    const paths = await files("nameserver 127.0.0.53\noptions edns0\n", "nameserver 192.0.2.9\n");
    expect(await resolvConf(NOTHING, paths)).toBe("options edns0\nnameserver 192.0.2.9\n");
  });

  it("uses the guest's address for the host's stub if it has no known servers", async () => {
    const paths = await files("nameserver 127.0.0.53\nsearch lan\n", "nameserver 127.0.0.1\n");
    expect(await resolvConf(NOTHING, paths)).toBe("search lan\nnameserver 10.0.2.3\n");
    expect(await closedResolver(NOTHING, paths)).toBe("127.0.0.53");
    expect(await closedResolver(parseDns(["192.0.2.7"]), paths)).toBeUndefined();
    expect(
      await closedResolver(NOTHING, await files("nameserver 127.0.0.53\nnameserver 192.0.2.1\n")),
    ).toBeUndefined();
    expect(await closedResolver(NOTHING, await files("nameserver ::1\n"))).toBeUndefined();
  });

  it.each(["169.254.169.254", "168.63.129.16", "100.100.100.200"])(
    "uses the guest's address for a cloud's resolver, %s, which the box cannot reach directly",
    async (address) => {
      const paths = await files(`nameserver ${address}\n`);
      expect(await resolvConf(NOTHING, paths)).toBe("nameserver 10.0.2.3\n");
      expect(await closedResolver(NOTHING, paths)).toBe(address);
    },
  );

  it("uses the requested search domains and options instead of the host's", async () => {
    const host = () => files("search lan\noptions ndots:1 edns0\nnameserver 192.0.2.1\n");
    const asked = ["search a.test", "search b.test", "options ndots:2", "options rotate"];
    expect(await resolvConf(parseDns(asked), await host())).toBe(
      "search a.test b.test\noptions ndots:2 rotate\nnameserver 192.0.2.1\n",
    );
    expect(await resolvConf(parseDns(["search ."]), await host())).toBe(
      "options ndots:1 edns0\nnameserver 192.0.2.1\n",
    );
  });

  it("falls back to a public server if the host has none", async () => {
    expect(await resolvConf(NOTHING, ["/does/not/exist"])).toBe("nameserver 8.8.8.8\n");
    expect(await resolvConf(NOTHING, await files("nameserver ::1\n"))).toBe("nameserver 8.8.8.8\n");
  });

  it("prefers the requested servers", async () => {
    expect(await resolvConf(parseDns(["192.0.2.7"]), await files("nameserver 192.0.2.1\n"))).toBe(
      "nameserver 192.0.2.7\n",
    );
  });
});
