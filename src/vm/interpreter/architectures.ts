/** ELF header fields that identify the programs of an architecture. */
interface Elf {
  bits: 32 | 64;
  order: "little" | "big";
  /** e_machine. */
  machine: number;
}

/** An architecture whose programs QEMU's user-mode emulator can run. */
export interface Architecture {
  /** The emulator is the program `qemu-NAME`. */
  qemu: string;
  elf: Elf;
}

const little = (qemu: string, bits: 32 | 64, machine: number): Architecture => ({
  qemu,
  elf: { bits, order: "little", machine },
});
const big = (qemu: string, bits: 32 | 64, machine: number): Architecture => ({
  qemu,
  elf: { bits, order: "big", machine },
});

/** By their names in platforms, which are those of Go. */
export const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ["386", little("i386", 32, 3)],
  ["amd64", little("x86_64", 64, 62)],
  ["arm", little("arm", 32, 40)],
  ["arm64", little("aarch64", 64, 183)],
  ["loong64", little("loongarch64", 64, 258)],
  ["mips", big("mips", 32, 8)],
  ["mips64", big("mips64", 64, 8)],
  ["mips64le", little("mips64el", 64, 8)],
  ["mipsle", little("mipsel", 32, 8)],
  ["ppc64", big("ppc64", 64, 21)],
  ["ppc64le", little("ppc64le", 64, 21)],
  ["riscv64", little("riscv64", 64, 243)],
  ["s390x", big("s390x", 64, 22)],
]);

/** Finds an architecture by its name in a platform; undefined if there is no emulator for it. */
export function findArchitecture(name: string): Architecture | undefined {
  return ARCHITECTURES.get(name);
}

const HEADER_BYTES = 20;
const EXECUTABLE = 2;

const escaped = (bytes: Buffer) =>
  [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");

/** Returns magic and mask of an architecture's programs (static, dynamic or position-independent) for binfmt_misc. */
function pattern({ bits, order, machine }: Elf): { magic: Buffer; mask: Buffer } {
  const magic = Buffer.alloc(HEADER_BYTES);
  const mask = Buffer.alloc(HEADER_BYTES, 0xff);
  magic.write("\x7fELF", "latin1");
  magic.set([bits === 64 ? 2 : 1, order === "little" ? 1 : 2, 1], 4);
  // Any ABI, and padding.
  mask.fill(0, 7, 16);
  const write = (buffer: Buffer, value: number, at: number) =>
    order === "little" ? buffer.writeUInt16LE(value, at) : buffer.writeUInt16BE(value, at);
  write(magic, EXECUTABLE, 16);
  // ET_EXEC is 2, and ET_DYN is 3.
  write(mask, 0xfffe, 16);
  write(magic, machine, 18);
  return { magic, mask };
}

/**
 * Returns the line that registers an interpreter with binfmt_misc (Linux, Documentation/admin-guide/binfmt-misc.rst).
 * Flags: O, so that programs that cannot be read can be executed; P, for their own argv[0]; F, the interpreter is opened
 * now, and needs no path in the root of the box. Not C: with the privileges of a setuid program, QEMU would still obey the
 * caller's environment (QEMU_GDB and others), so every user of the box could become root.
 * @param path of the interpreter in the guest
 */
export function registration({ qemu, elf }: Architecture, path: string): string {
  const { magic, mask } = pattern(elf);
  return `:qemu-${qemu}:M::${escaped(magic)}:${escaped(mask)}:${path}:OPF`;
}
