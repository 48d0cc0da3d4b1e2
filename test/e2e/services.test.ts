import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { freePort } from "../registry/registry.js";
import { removedAfterEach } from "./background.js";
import { awaitLog, box, hasEnded, ONLY_FULL_ON_KRUN, run, SAME_ON_KRUN } from "./box.js";
import { NGINX, POSTGRES, PYTHON, REDIS } from "./images.js";
import { query } from "./postgres-client.js";

const detached = removedAfterEach();

/** Everything that the box has written to stdout and stderr. */
async function logsOf(id: string): Promise<string> {
  const { stdout, stderr } = await box(["logs", id]);
  return stdout + stderr;
}

/** Retries while the server in the box is still starting; fails when the box exits. */
async function untilAnswered<T>(id: string, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (await hasEnded(id)) throw new Error(`the box has ended: ${await logsOf(id)}`, { cause: error });
      await setTimeout(100);
    }
  }
}

async function stopInOrder(id: string): Promise<void> {
  expect((await box(["stop", "-t", "120", id])).code).toBe(0);
  const { stdout } = await box(["ps", "-a"]);
  expect(stdout.split("\n").find((line) => line.startsWith(id.slice(0, 12)))).toMatch(/Exited \(0\)/);
}

describe("nginx", () => {
  it("serves requests, logs them to stdout and shuts down cleanly", async () => {
    const port = await freePort();
    const id = await detached(["-p", `127.0.0.1:${port}:80`, NGINX]);
    // A connection made before the server listens may never be answered. The limit holds for the text too.
    const ask = async () => {
      const page = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) });
      return { server: page.headers.get("server"), text: await page.text() };
    };
    const page = await untilAnswered(id, ask);
    expect(page.server).toMatch(/^nginx/);
    expect(page.text).toContain("Welcome to nginx!");
    const missing = await fetch(`http://127.0.0.1:${port}/no-such-page`);
    expect(missing.status).toBe(404);
    await awaitLog(id, '"GET /no-such-page HTTP/1.1" 404');
    expect((await box(["logs", id])).stdout).toContain('"GET / HTTP/1.1" 200');
    await stopInOrder(id);
  });
});

/** Sends commands to a Redis server in its inline notation, and collects the replies until it hangs up. */
function askRedis(port: number, commands: string[], { hangsUp = false } = {}): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.once("error", (error) => {
      if (!hangsUp) reject(error);
    });
    socket.once("close", () => {
      if (text !== "" || hangsUp) resolve(text.trimEnd().split("\r\n"));
      else reject(new Error("no answer"));
    });
    socket.write([...commands, "QUIT", ""].join("\r\n"));
  });
}

describe.skipIf(SAME_ON_KRUN)("redis", () => {
  it("answers, and keeps its data across a restart of the server", async () => {
    const port = await freePort();
    const server = "redis-server --bind 0.0.0.0 --protected-mode no";
    const id = await detached([
      "-p",
      `127.0.0.1:${port}:6379`,
      REDIS,
      "sh",
      "-c",
      `id -un; pwd; ${server} && echo once more && exec ${server}`,
    ]);
    await awaitLog(id, "Ready to accept connections");
    expect(await untilAnswered(id, () => askRedis(port, ["PING"]))).toEqual(["+PONG", "+OK"]);
    expect(await askRedis(port, ["SET key value", "GET key", "SAVE"])).toEqual([
      ...["+OK", "$5", "value", "+OK", "+OK"],
    ]);
    await askRedis(port, ["SHUTDOWN"], { hangsUp: true });
    await awaitLog(id, "Ready to accept connections", 2);
    expect(await untilAnswered(id, () => askRedis(port, ["GET key"]))).toEqual(["$5", "value", "+OK"]);
    expect(await logsOf(id)).toMatch(/^redis\n\/data\n/);
    await stopInOrder(id);
    expect(await logsOf(id)).toContain("ready to exit, bye bye");
  });
});

describe("postgres", () => {
  it.skipIf(ONLY_FULL_ON_KRUN)(
    "creates its cluster as its own user, survives a crash and a restart, and shuts down cleanly",
    { tags: "full" },
    async () => {
      const login = { port: await freePort(), user: "postgres", password: "sécret" };
      const id = await detached([
        ...["-p", `127.0.0.1:${login.port}:5432`, "-e", `POSTGRES_PASSWORD=${login.password}`],
        // Without it, initdb reads every time zone.
        ...["-e", "TZ=UTC"],
        ...[POSTGRES, "sh", "-c"],
        "docker-entrypoint.sh postgres && echo once more && exec docker-entrypoint.sh postgres",
      ]);
      const rows = (sql: string) => query(login, sql);
      const ready = "ready to accept connections";
      await awaitLog(id, ready);
      await untilAnswered(id, () => rows("SELECT 1"));

      await rows("CREATE TABLE facts (id int PRIMARY KEY, text text)");
      await rows("INSERT INTO facts SELECT n, repeat('x', 100) FROM generate_series(1, 1000) n");
      const count = () => rows("SELECT count(*), sum(length(text)) FROM facts");
      expect(await count()).toEqual([["1000", "100000"]]);
      expect(await rows("SHOW fsync")).toEqual([["on"]]);

      await rows("CREATE TABLE seen (line text)");
      await rows(`COPY seen FROM PROGRAM 'id -un; stat -c "%U %a" "$PGDATA" "$PGDATA/PG_VERSION"'`);
      expect(await rows("SELECT line FROM seen")).toEqual([["postgres"], ["postgres 700"], ["postgres 600"]]);

      await expect(rows("COPY seen FROM PROGRAM 'kill -9 $PPID'")).rejects.toThrow();
      await awaitLog(id, "reinitializing");
      await awaitLog(id, ready, 2);
      expect(await untilAnswered(id, count)).toEqual([["1000", "100000"]]);
      expect(await logsOf(id)).toContain("redo done");

      await rows(`COPY seen FROM PROGRAM 'kill -INT $(head -n 1 "$PGDATA/postmaster.pid")'`).catch(
        () => undefined,
      );
      await awaitLog(id, ready, 3);
      expect(await untilAnswered(id, count)).toEqual([["1000", "100000"]]);

      await stopInOrder(id);
      const shutDown = (await logsOf(id)).match(/database system is shut down/g);
      expect(shutDown).toHaveLength(2);
    },
  );

  it.skipIf(SAME_ON_KRUN)("reports that it needs a password", async () => {
    const { code, stderr } = await run(["--rm", POSTGRES]);
    expect(code).toBe(1);
    expect(stderr).toContain("POSTGRES_PASSWORD");
  });
});

describe.skipIf(SAME_ON_KRUN)("python", () => {
  it("runs a script from standard input", async () => {
    const script = [
      "import hashlib, platform, sqlite3, sys, threading",
      "print('Python', platform.python_version())",
      "db = sqlite3.connect('/tmp/db')",
      "db.execute('create table t (n int)')",
      "db.executemany('insert into t values (?)', [(n,) for n in range(100)])",
      "db.commit()",
      "print(db.execute('select sum(n) from t').fetchone()[0])",
      "print(hashlib.sha256(b'box').hexdigest()[:8], file=sys.stderr)",
      "thread = threading.Thread(target=lambda: print('from a thread'))",
      "thread.start(); thread.join()",
      "sys.exit(3)",
    ].join("\n");
    const result = await run(["-i", "--rm", PYTHON], { input: script });
    expect(result).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^Python 3\.\d+\.\d+\n4950\nfrom a thread\n$/) as string,
      stderr: expect.stringMatching(/^[0-9a-f]{8}\n$/) as string,
    });
  });
});
