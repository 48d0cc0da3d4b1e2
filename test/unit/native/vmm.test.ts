import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  awaitGone,
  buildPrograms,
  finish,
  firstOutput,
  members,
  run,
  writeScript,
  type Programs,
} from "./vmm-program.js";

let programs: Programs;
let lock: string;
let socket: string;

beforeAll(async () => {
  programs = await buildPrograms();
  lock = join(programs.folder, "lock");
  mkdirSync(join(programs.folder, "run"), { mode: 0o700 });
  socket = join(programs.folder, "run", "socket");
});
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

/** Options with which `box-vmm` executes a shell as the VMM. */
const vmm = (script: string) => ["qemu", "--", "/bin/sh", "-c", script];

function launch(monitor: string, vmmScript: string, options: string[] = [], env: NodeJS.ProcessEnv = {}) {
  const words = ["/bin/sh", "-c", monitor].flatMap((word) => ["--monitor-arg", word]);
  return spawn(
    programs.helper,
    ["launch", "--lock", lock, "--socket", socket, ...options, ...words, "--", ...vmm(vmmScript)],
    { stdio: ["ignore", "pipe", "pipe", "pipe"], env: { ...process.env, ...env } },
  );
}

/** Prints a process's own descriptors, one per line: number and target. */
const list = (self: string) => `find /proc/${self}/fd -type l -printf "%f %l\\n"`;
const listed = (text = "") =>
  text
    .trim()
    .split("\n")
    .map((line) => line.replace(/:\[\d+\]$/, ""))
    .sort();

describe("launch", () => {
  it("gives monitor and VMM their descriptors and no others", async () => {
    const script = `${list("$$")}; echo vmm; cat <&6`;
    const { stdout, code } = await finish(launch(script, `exec ${list("self")}`));
    const [monitor, machine] = stdout.split("vmm\n");
    // `find` replaces the VMM, because other processes do not see these descriptors. It has two of its own for /proc.
    const ofMachine = listed(machine).filter((line) => !line.endsWith(" /proc/self/fd"));
    // 0 /dev/null, 1 and 2 Node's pipes (socket pairs), 3 the caller.
    const own = ["0 /dev/null", "1 socket", "2 socket", "3 socket"];
    expect(listed(monitor)).toEqual([
      ...own,
      "4 socket",
      "5 socket",
      "6 pipe",
      `7 ${lock}`,
      "8 pipe",
      "9 /dev/null",
    ]);
    expect(ofMachine).toEqual(["0 /dev/null", "1 pipe", "2 pipe", "3 socket"]);
    expect(code).toBe(0);
  });

  it("connects the two by the agent's stream, and sets the name of the VMM's process", async () => {
    const script = 'head -c 6 <&5; head -c 12 /proc/$BOX_VMM_PID/cmdline; echo; echo "ping" >&5; cat <&6';
    const { stdout } = await finish(launch(script, 'echo hello >&3; read word <&3; echo "got $word"'));
    expect(stdout).toBe("hello\nbox-vmm\0qemu\ngot ping\n");
  });

  it("creates a socket that only the user can connect to", async () => {
    await finish(launch("exit 0", "exit 0"));
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(lock).mode & 0o777).toBe(0o600);
  });

  it("ends the VMM with the monitor, and releases the lock", async () => {
    const script = 'head -c 1 <&5 >/dev/null; echo "$BOX_VMM_PID"; exec sleep 10000';
    const child = launch(script, "printf ' ' >&3; exec sleep 10000");
    const watcher = Number(await firstOutput(child));
    const [machine = 0] = members(watcher);
    expect((await run(programs.helper, ["locked", lock])).stdout).toBe(`${lock}\n`);
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await Promise.all([closed, awaitGone(watcher), awaitGone(machine)]);
    expect((await run(programs.helper, ["locked", lock])).stdout).toBe("");
  });

  it("gives the lock to one monitor only", async () => {
    const first = launch("echo up; exec cat <&3", "exec sleep 10000");
    await firstOutput(first);
    const second = await finish(launch("echo never", "echo never"));
    expect(second).toMatchObject({ code: 75, stdout: "" });
    expect(second.stderr).toBe(`box-vmm: the lock ${lock} is held by another process\n`);
    first.kill("SIGKILL");
    await once(first, "close");
  });

  it("moves files into place if it gets the lock, and removes them otherwise", async () => {
    const [first, second, place] = ["first", "second", "place"].map((name) => join(programs.folder, name));
    writeFileSync(first ?? "", "first");
    writeFileSync(second ?? "", "second");
    const moves = (from = "") => ["--move", from, "--to", place ?? ""];
    const holder = launch(`cat "${place}"; exec cat <&3`, "exec sleep 10000", moves(first));
    expect(await firstOutput(holder)).toBe("first");
    expect((await finish(launch("echo never", "echo never", moves(second)))).code).toBe(75);
    expect([first, second, place].map((path) => existsSync(path ?? ""))).toEqual([false, false, true]);
    holder.kill("SIGKILL");
    await once(holder, "close");
    const odd = await finish(launch("echo never", "echo never", moves(place).slice(0, 2)));
    expect(odd).toMatchObject({ code: 125, stdout: "" });
  });

  it("limits the memory of the monitor, but not of the VMM", async () => {
    const look = "ulimit -d; cat <&6";
    const before = (await run("/bin/sh", ["-c", "ulimit -d"])).stdout.trim();
    expect((await finish(launch(look, "ulimit -d"))).stdout).toBe(`524288\n${before}\n`);
  });

  it.each(["", "abc", "-1", "1 ", "99999999999999999999999"])(
    "limits the monitor's memory even if the environment variable is %j",
    async (BOX_MONITOR_DATA) => {
      const { code, stdout } = await finish(launch("ulimit -d", "exit 0", [], { BOX_MONITOR_DATA }));
      expect({ code, stdout }).toEqual({ code: 0, stdout: "524288\n" });
    },
  );

  it("starts the VMM in a session of its own", async () => {
    // The shell is the VMM; its children would not see its status.
    const script =
      'while read -r key value; do test "$key" != NSsid: || echo "${value%%[!0-9]*}"; done < /proc/self/status';
    const { stdout } = await finish(launch("cat <&6; echo $BOX_VMM_PID $$", script));
    const [session, pid, monitor] = stdout.trim().split(/\s/);
    expect(session).toBe(pid);
    expect(session).not.toBe(monitor);
  });

  it("leaves no VMM behind when the monitor cannot be executed", async () => {
    const words = ["launch", "--lock", lock, "--socket", socket, "--monitor-arg", "/nowhere", "--"];
    const { code, stderr } = await run(programs.helper, [...words, ...vmm("exec sleep 10000")]);
    expect({ code, stderr }).toEqual({
      code: 125,
      stderr: "box-vmm: cannot execute the monitor /nowhere: No such file or directory\n",
    });
    expect((await run(programs.helper, ["locked", lock])).stdout).toBe("");
  });
});

describe("a writable disk", () => {
  it("is used by one machine; the next one waits until that has ended", async () => {
    const disk = join(programs.folder, "disk");
    writeFileSync(disk, "");
    const words = ["--disk", "rw", "raw", disk, "--"];
    const machine = (script: string) =>
      spawn(programs.helper, ["qemu", ...words, "/bin/sh", "-c", script], {
        stdio: ["ignore", "pipe", "pipe"],
      });
    const first = machine("echo first; exec sleep 10000");
    expect(await firstOutput(first)).toBe("first\n");
    const second = machine("echo second");
    const [waiting] = (await once(second.stderr, "data")) as [Buffer];
    expect(waiting.toString()).toBe(
      `waiting for a killed virtual machine that is still writing to ${disk}\n`,
    );
    const ended = finish(second);
    first.kill("SIGKILL");
    expect(await ended).toMatchObject({ code: 0, stdout: "second\n" });
  });
});

describe("locked", () => {
  it("does not list files that are unlocked or missing", async () => {
    const free = join(programs.folder, "free");
    writeFileSync(free, "");
    const missing = join(programs.folder, "missing");
    const inside = join(free, "lock");
    const { code, stdout } = await run(programs.helper, ["locked", free, missing, inside]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(existsSync(missing)).toBe(false);
  });
});

describe("a mistake on the command line", () => {
  const volume = ["--volume", "rw", "/tmp"];
  const krun = ["--libkrun", "/l", "--kernel", "/k", "--cmdline", "c", "--memory", "1"];
  it.each([
    [[], /^usage: /],
    [["frobnicate"], /^usage: /],
    [["launch", "--lock", "/l"], /^usage: box-vmm launch /],
    [["launch", "--lock"], /--lock needs a value/],
    [["launch", "--volume", "x"], /unknown option --volume/],
    [["qemu", "--disk", "rw", "raw", "/x"], /QEMU's command line is missing/],
    [["qemu", "--bridge", "/n", "/l", "70000"], /--bridge: 70000 is not a number from 1 to 65535/],
    [["qemu", "--volume", "rx", "/tmp", "0"], /rx must be ro or rw/],
    [["qemu", "--volume", "rw", "tmp", "0"], /tmp is not an absolute path/],
    [["qemu", ...volume, "a/b"], /a\/b is not a file name/],
    [["qemu", ...volume, ".."], /\.\. is not a file name/],
    [["qemu", ...volume], /--volume needs 3 value/],
    [["qemu", ...volume, "0", "--", "true"], /volumes need --virtiofsd/],
    [["krun", "--publish", "tcp", "localhost", "1", "2"], /tcp localhost 1 2 is not a port/],
    [["krun", "--publish", "udp", "*", "65536", "2"], /is not a port/],
    [["krun", "--cpus", "0"], /--cpus: 0 is not a number from 1 to 255/],
    [["krun", "--memory", "1g"], /--memory: 1g is not a number/],
    [["krun", "--disk", "ro", "qcow2", "/d"], /qcow2 must be raw or vmdk/],
    [["krun", "--net", "bridged"], /bridged must be tsi, bridge or none/],
    [
      ["krun", "--resolver", "8.8.8.8"],
      /--resolver: 8.8.8.8 is not an IPv4 address that is closed to guests/,
    ],
    [["krun", ...krun], /--disk are needed/],
    [["krun", ...krun, "--cpus", "1", "--disk", "ro", "raw", "/d"], /cannot load libkrun: \/l/],
  ])("%j is reported in one line", async (args, message) => {
    const { code, stdout, stderr } = await run(programs.helper, args);
    expect(stderr).toMatch(/^box-vmm: [^\n]*\n$/);
    expect(stderr.slice("box-vmm: ".length)).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
  });
});

describe("the sockets of libslirp", () => {
  const listening = async () => {
    const server = createServer((connection) => connection.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    return { server, port: (server.address() as AddressInfo).port };
  };
  const needed = ["--libslirp", "/l", "--mtu", "1500"];
  const probe = (options: string[], words: string[]) =>
    run(programs.probe, [...needed, ...options, "--", ...words]);

  it("does not reach the host's loopback, unless allowed", async () => {
    const { server, port } = await listening();
    const words = [`connect:127.0.0.1:${port}`, `connect:0.0.0.0:${port}`, `connect:127.1.2.3:${port}`];
    // As if in progress: libslirp learns later that they are refused (native/vmm/user-network.c).
    expect((await probe([], words)).stdout).toBe("EINPROGRESS\n".repeat(3));
    expect((await probe(["--allow-host"], words.slice(0, 2))).stdout).toBe("ok\nok\n");
    server.close();
  });

  it("listens only on published ports, at the requested address", async () => {
    const { server, port } = await listening();
    server.close();
    await once(server, "close");
    // Their addresses are derived from their index in the list (docs/vmm-helper.md).
    const published = (...addresses: string[]) =>
      probe(
        addresses.flatMap((address) => ["--publish", "tcp", address, String(port), "80"]),
        [
          "bind:127.127.0.0:7",
          "bind:127.127.0.1:7",
          `bind:127.0.0.1:${port}`,
          `bind:0.0.0.0:${port}`,
          "bind:127.0.0.1:0",
        ],
      );
    const nothing = "EPERM\nEPERM\nEPERM\n";
    expect((await published("127.0.0.1")).stdout).toBe(`ok\nEPERM\n${nothing}`);
    expect((await published("*")).stdout).toBe(`ok\nEPERM\n${nothing}`);
    expect((await published("127.0.0.1", "::1")).stdout).toBe(`ok\nok\n${nothing}`);
  });

  it("accepts many clients before the first is answered", async () => {
    const { server, port } = await listening();
    server.close();
    await once(server, "close");
    const words = [...needed, "--publish", "tcp", "127.0.0.1", String(port), "80"];
    const held = spawn(programs.probe, [...words, "--", "listen:127.127.0.0:80"]);
    const clients: Socket[] = [];
    try {
      expect(await firstOutput(held)).toContain("listening");
      // If the queue were full, a connection would take at least a second, or fail after some retries.
      const came = Array.from({ length: 100 }, () => {
        const client = connect({ host: "127.0.0.1", port });
        clients.push(client);
        return once(client, "connect");
      });
      await Promise.all(came);
    } finally {
      for (const client of clients) client.destroy();
      const ended = once(held, "close");
      held.stdin.end();
      await ended;
    }
  });
});

it("a VMM whose network process fails at once ends with it, and gets its exit code", async () => {
  const network = writeScript(join(programs.folder, "no-network"), "echo cannot start >&2; exit 125");
  const options = ["--report", "--bridge", network, programs.libslirp, "1500"];
  const words = ["qemu", ...options, "--", "/bin/sh", "-c", "exec sleep 10000"];
  const { code, stderr } = await run(programs.helper, words, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  expect({ code, stderr }).toEqual({ code: 125, stderr: "cannot start\n" });
});
