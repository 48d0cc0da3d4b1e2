/** An emulated guest that runs the agent, with this process as its host: nothing but docs/protocol.md in between. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFrameParser, FrameType, type Frame } from "../../../src/vm/protocol/guest/frames.js";
import { encodeConfigure, type GuestConfig } from "../../../src/vm/protocol/guest/messages.js";
import { PROGRAMS } from "../../judges.js";
import { GUEST } from "../vm/record.js";

const run = promisify(execFile);
const ENGINE = join(import.meta.dirname, "../../../runtime-files");
export const TOOLS = { env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` } };

/** Files of the test image besides busybox and its links. */
const FILES: Record<string, { content: string; mode?: number }> = {
  "etc/passwd": { content: "root:x:0:0:root:/root:/bin/sh\nanna:x:1000:100:Anna:/home/anna:/bin/sh\n" },
  "etc/group": { content: "root:x:0:\nusers:x:100:\nwheel:x:10:root,anna\nvideo:x:44:anna\n" },
  "bin/orphan-script": { content: "#!/no/such/interpreter -x\n", mode: 0o755 },
  "bin/text": { content: "echo never\n", mode: 0o755 },
  "bin/plain": { content: "not executable\n" },
};

/** Creates an image disk from busybox and a few files. */
export async function makeImage(path: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "box-image-"));
  try {
    await chmod(root, 0o755);
    await Promise.all(["bin", "etc", "tmp", "root"].map((folder) => mkdir(join(root, folder))));
    await copyFile(join(PROGRAMS, "busybox"), join(root, "bin/busybox"));
    await chmod(join(root, "bin/busybox"), 0o755);
    const { stdout } = await run(join(root, "bin/busybox"), ["--list"]);
    const applets = stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
    await Promise.all(applets.map((name) => symlink("busybox", join(root, "bin", name))));
    await symlink("../run/resolve/stub.conf", join(root, "etc/resolv.conf"));
    for (const [name, { content, mode }] of Object.entries(FILES)) {
      await writeFile(join(root, name), content);
      await chmod(join(root, name), mode ?? 0o644);
    }
    await run("mkfs.erofs", ["--quiet", "--all-root", path, root]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Creates an empty writable layer, as src/vm/writable-layer.ts does. @returns its path */
export async function makeUpper(path: string): Promise<string> {
  await writeFile(path, "");
  await truncate(path, 256 * 2 ** 20);
  await run("mke2fs", ["-q", "-F", "-t", "ext4", "-O", "^has_journal", path], TOOLS);
  return path;
}

export const CONFIG: GuestConfig = {
  ...GUEST,
  hostname: "crate",
  hosts: "127.0.0.1 localhost\n",
  resolvConf: "nameserver 192.0.2.53\n",
  clockNs: 0n,
  persistent: false,
};

/** The host's end of the agent's port. */
export interface Vm {
  socket: Socket;
  /** The next frame of any channel; rejects when the VM has ended. */
  next: () => Promise<Frame>;
  console: () => string;
  /** Resolves when the VM has ended. */
  ended: Promise<void>;
  kill: () => void;
}

function vmmArguments(socket: string, image: string, upper: string, extra: string[]): string[] {
  const disk = (id: string, path: string, mode: string) => [
    ...["-drive", `id=${id},if=none,format=raw,file=${path},${mode}`],
    ...["-device", `virtio-blk-device,drive=${id}`],
  ];
  return [
    ...["-M", "microvm,acpi=off,memory-backend=m", "-global", "virtio-mmio.force-legacy=false"],
    ...["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1", "-m", "192M"],
    ...["-object", "memory-backend-memfd,id=m,size=192M,share=on"],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-kernel", join(ENGINE, "kernel.elf"), "-append"],
    "reboot=t no_timer_check panic=-1 console=hvc0 quiet root=/dev/vda rootfstype=erofs init=/init",
    ...disk("boot", join(ENGINE, "boot.erofs"), "readonly=on"),
    ...disk("image", image, "readonly=on"),
    ...disk("upper", upper, "readonly=off,discard=unmap,cache=unsafe"),
    ...["-device", "virtio-serial-device"],
    ...["-chardev", "stdio,id=console,signal=off", "-device", "virtconsole,chardev=console"],
    ...["-chardev", `socket,id=agent,path=${socket}`],
    ...["-device", "virtserialport,chardev=agent,name=box.agent"],
    ...extra,
  ];
}

function readFrames(socket: Socket, vmm: ChildProcess): () => Promise<Frame> {
  const parse = createFrameParser();
  const frames: Frame[] = [];
  const waiting: { resolve: (frame: Frame) => void; reject: (error: Error) => void }[] = [];
  let gone = false;
  socket.on("data", (chunk: Buffer) => {
    for (const frame of parse(chunk)) {
      const first = waiting.shift();
      if (first) first.resolve(frame);
      else frames.push(frame);
    }
  });
  socket.on("error", () => undefined);
  vmm.once("close", () => {
    gone = true;
    for (const { reject } of waiting.splice(0)) reject(new Error("the VM has ended"));
  });
  return () => {
    const frame = frames.shift();
    if (frame) return Promise.resolve(frame);
    if (gone) return Promise.reject(new Error("the VM has ended"));
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
}

/** Boots a guest and waits for its HELLO. */
export async function boot(image: string, upper: string, extra: string[] = []): Promise<Vm> {
  const folder = await mkdtemp(join(tmpdir(), "box-agent-"));
  const path = join(folder, "agent");
  const server = createServer();
  server.listen(path);
  await once(server, "listening");
  const vmm = spawn("qemu-system-x86_64", vmmArguments(path, image, upper, extra), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [vmm.stdout, vmm.stderr]) {
    stream.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-65_536)));
  }
  const ended = once(vmm, "close").then(() => rm(folder, { recursive: true, force: true }));
  const connected = once(server, "connection") as Promise<[Socket]>;
  const [socket] = await Promise.race([
    connected,
    ended.then(() => Promise.reject(new Error(`QEMU ended: ${output}`))),
  ]);
  server.close();
  const next = readFrames(socket, vmm);
  const kill = () => void vmm.kill("SIGKILL");
  const hello = await next().catch((error: unknown) => {
    throw new Error(`no HELLO: ${output}`, { cause: error });
  });
  if (hello.type !== FrameType.HELLO) throw new Error(`a frame of type ${hello.type} instead of HELLO`);
  return { socket, next, console: () => output, ended, kill };
}

/** Boots a guest and configures it. */
export async function bootConfigured(
  image: string,
  upper: string,
  config: Partial<GuestConfig> = {},
  extra: string[] = [],
): Promise<Vm> {
  const vm = await boot(image, upper, extra);
  for (const part of encodeConfigure({ ...CONFIG, ...config })) vm.socket.write(part);
  const frame = await vm.next();
  if (frame.type !== FrameType.CONFIGURED) {
    vm.kill();
    throw new Error(`not configured: ${frame.payload.toString()} ${vm.console()}`);
  }
  return vm;
}
