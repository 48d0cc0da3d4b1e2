import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../src/engine/system/doctor/process.js";

const ROOT = join(import.meta.dirname, "..", "..");
const BOX = join(ROOT, "dist", "box.js");
const AS_ROOT = process.getuid?.() === 0;
const USER = 54_322;

let folder: string;
/** The only directory in PATH. */
let bin: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-steps-"));
  chmodSync(folder, 0o755);
  bin = join(folder, "bin");
  home = join(folder, "home");
  mkdirSync(bin);
  mkdirSync(home, { mode: 0o700 });
  for (const name of ["env", "sh", "sleep", "touch", "kill"])
    symlinkSync(`/usr/bin/${name}`, join(bin, name));
  symlinkSync(process.execPath, join(bin, "node"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (name: string, script: string) =>
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
const inFolder = (name: string) => join(folder, name);

const variables = () => ({ PATH: bin, BOX_HOME: home, BOX_SETTINGS: join(home, "none"), TERM: "dumb" });

interface Running {
  /** Resolves when the text has been printed. */
  printed: (text: string) => Promise<void>;
  ended: Promise<{ code: number | null; signal: string | null; said: string }>;
  pid: number;
  type: (text: string) => void;
}

function start(command: string[], uid?: number): Running {
  const [path = "", ...args] = command;
  const child = spawn(path, args, {
    env: variables(),
    stdio: "pipe",
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let said = "";
  const more = new EventTarget();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      said += data.toString();
      more.dispatchEvent(new Event("text"));
    });
  return {
    pid: child.pid ?? 0,
    type: (text) => child.stdin.write(text),
    printed: async (text) => {
      while (!said.includes(text)) await once(more, "text");
    },
    ended: (once(child, "close") as Promise<[number | null, string | null]>).then(([code, signal]) => ({
      code,
      signal,
      said,
    })),
  };
}

const box = (args: string[], uid?: number) => start([process.execPath, BOX, ...args], uid);
/** Runs it on a terminal. */
const onTerminal = (args: string[]) =>
  start([
    "/usr/bin/script",
    "-qfec",
    `stty -a; node ${BOX} ${args.join(" ")}; echo "code=$?"; stty -a`,
    "/dev/null",
  ]);

describe("a command that box setup runs", () => {
  it("is not waited for longer than it runs, although a daemon that it started keeps its output open", async () => {
    program("apt-get", `case "$*" in *install*) sleep 3600 & echo $! >${inFolder("daemon")};; esac`);
    const { code } = await box(["setup", "--yes"]).ended;
    process.kill(Number(readFileSync(inFolder("daemon"), "utf8")), "SIGKILL");
    expect(code).toBe(1);
  });

  it("is run again after another apt has read the lists, which a new system does by itself", async () => {
    symlinkSync("/usr/bin/mkdir", join(bin, "mkdir"));
    const locked = "echo 'E: Could not get lock /var/lib/apt/lists/lock' >&2; exit 100";
    program("apt-get", `echo "$*" >>${inFolder("apt")}; if mkdir ${inFolder("tried")}; then ${locked}; fi`);
    await box(["setup", "--yes"]).ended;
    expect(readFileSync(inFolder("apt"), "utf8")).toMatch(/ update\n.* update\n.* install /);
  });

  it("is interrupted and waited for when box is asked to end", async () => {
    program(
      "apt-get",
      `trap 'interrupted=1' INT; echo "E: begun" >&2; echo begun >${inFolder("fifo")}
      while [ ! "$interrupted" ]; do sleep 0.1; done; echo whole >${inFolder("done")}`,
    );
    const fifo = start([
      "/bin/sh",
      "-c",
      `/usr/bin/mkfifo ${inFolder("fifo")} && echo made && /bin/cat ${inFolder("fifo")}`,
    ]);
    await fifo.printed("made");
    const running = box(["setup", "--yes"]);
    await fifo.ended;
    process.kill(running.pid, "SIGTERM");
    const { signal, said } = await running.ended;
    expect(signal).toBe("SIGTERM");
    expect(said).toMatch(/^Waiting for `(sudo )?apt-get update` to end\. Press Ctrl-C again not to wait\.$/m);
    expect(existsSync(inFolder("done"))).toBe(true);
  });
});

describe("a question on the terminal", () => {
  beforeEach(() => {
    symlinkSync("/usr/bin/stty", join(bin, "stty"));
    program("apt-get", `touch ${inFolder("ran")}`);
  });
  const ask = async (answer: string) => {
    const running = onTerminal(["setup"]);
    await running.printed("[Y/n] ");
    running.type(answer);
    const { said } = await running.ended;
    const [before, after] = said.match(/ -?echo /g) ?? [];
    expect(after).toBe(before);
    return { code: Number(/code=(\d+)/.exec(said)?.[1]), said, ran: existsSync(inFolder("ran")) };
  };

  it("that is answered by Ctrl-C ends the command like a signal, without a message", async () => {
    const { code, said, ran } = await ask("\u0003");
    expect({ code, ran }).toEqual({ code: 130, ran: false });
    expect(said).not.toContain("box:");
  });

  it("that is answered by Ctrl-D counts as declined", async () => {
    const { said, ran } = await ask("\u0004");
    expect(ran).toBe(false);
    expect(said).not.toContain("box:");
  });

  it.each(["n\r", "nonsense\r", "yes please\r"])("does nothing if the answer is %j", async (answer) => {
    expect((await ask(answer)).ran).toBe(false);
  });
});

describe("box doctor", () => {
  it("reports a QEMU that cannot be run as a problem", async () => {
    program("qemu-system-x86_64", "echo Illegal instruction >&2; exit 132");
    const { code, said } = await box(["doctor"]).ended;
    expect(said).toMatch(/^problem +qemu +\S+ cannot be run on this system$/m);
    expect(said).toMatch(/^Boxes cannot run here: /m);
    expect(code).toBe(1);
  });

  it("kills a program that does not tell its version, and everything that this program has started", async () => {
    const script = `trap '' TERM; sleep 3600 & echo $! >${inFolder("child")}; echo 9.9; sleep 3600`;
    const { end, output } = await runProgram("/bin/sh", ["-c", script], { limitMs: 500 });
    expect({ end, output }).toEqual({ end: "SIGKILL", output: "9.9\n" });
    // It may remain as a zombie until its new parent reaps it.
    const status = `/proc/${readFileSync(inFolder("child"), "utf8").trim()}/status`;
    expect(existsSync(status) ? readFileSync(status, "utf8") : "State:\tZ").toMatch(/^State:\tZ/m);
  });

  it("shows control characters in texts of the host escaped", async () => {
    const evil = join(folder, "\u001b]0;evil\u0007\n\u202e");
    mkdirSync(evil);
    writeFileSync(join(evil, "qemu-system-x86_64"), "#!/bin/sh\nprintf 'version 9.9\\033[31m'\n", {
      mode: 0o755,
    });
    const { said } = await start(["/usr/bin/env", `PATH=${evil}:${bin}`, process.execPath, BOX, "doctor"])
      .ended;
    expect(said).toMatch(/^ok +qemu +QEMU 9\.9 \(/m);
    expect(said).not.toMatch(/[\u001b\u0007\u202e]/);
    expect(said).toContain("evil");
  });

  it.runIf(AS_ROOT)("run by root on another user's home follows no link in it", async () => {
    const victim = inFolder("victim");
    writeFileSync(victim, "precious");
    chownSync(home, USER, USER);
    // Links for the process ID, which the shell passes on.
    const script = `for name in .reflink-$$-copy .reflink-$$; do ln -s ${victim} "$BOX_HOME/$name"; done; exec node ${BOX} doctor`;
    symlinkSync("/usr/bin/ln", join(bin, "ln"));
    await start(["/bin/sh", "-c", script]).ended;
    expect(readFileSync(victim, "utf8")).toBe("precious");
    expect(readdirSync(home).filter((name) => name.startsWith(".reflink-")).length).toBe(2);
  });
});
