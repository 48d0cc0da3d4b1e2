import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { ROOT, run } from "./box.js";
import { BUSYBOX, PYTHON } from "./images.js";

/** First column of the table of missing features in docs/guest-kernel.md. */
function documented(): string[] {
  const page = readFileSync(join(ROOT, "docs", "guest-kernel.md"), "utf8");
  const [, table = ""] = /<!-- missing -->([^]*)<!-- end of missing -->/.exec(page) ?? [];
  return table
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .map((line) => line.split("|")[1]?.trim() ?? "")
    .slice(1);
}

/** Prints, for each row of the table, whether the kernel lacks all of it, and the features that it lacks unexpectedly. */
const LOOK = `
import ctypes, errno, os, re, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
symbols = open("/proc/kallsyms").read()
systems = open("/proc/filesystems").read().split()
matches = open("/proc/net/ip_tables_matches").read().split()
def lacks(*prefixes): return not any(" " + prefix in symbols for prefix in prefixes)
def absent(*paths): return not any(os.path.exists(path) for path in paths)
def enosys(number, *values):
    return libc.syscall(number, *values) < 0 and ctypes.get_errno() == errno.ENOSYS
def no_socket(*what):
    try:
        socket.socket(*what).close()
        return False
    except OSError:
        return True
def no_i386():
    code = bytes([0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80])
    head = b"\\x7fELF\\x01\\x01\\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, 0x10054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    load = struct.pack("<IIIIIIII", 1, 0, 0x10000, 0x10000, 84 + len(code), 84 + len(code), 5, 4096)
    with open("/tmp/i386", "wb") as file: file.write(head + load + code)
    os.chmod("/tmp/i386", 0o755)
    try:
        os.execv("/tmp/i386", ["i386"])
    except OSError as error:
        return error.errno == errno.ENOEXEC
SYS = {"swapon": 167, "quotactl": 179, "init_module": 175, "mbind": 237, "landlock_create_ruleset": 444}
ROWS = [
  ("loadable modules", absent("/proc/modules") and enosys(SYS["init_module"], 0, 0, 0)),
  ("Landlock", enosys(SYS["landlock_create_ruleset"], 0, 0, 1)),
  ("AppArmor, SELinux, Yama", lacks("aa_", "yama_") and "selinuxfs" not in systems),
  ("pressure stall information (\`/proc/pressure\`)", absent("/proc/pressure")),
  ("swap, zram", enosys(SYS["swapon"], 0, 0) and lacks("zram")),
  ("traffic control with \`tc\` (htb, netem, tbf, fq_codel)", lacks("htb_", "netem_", "tbf_", "fq_codel_")),
  ("iptables: owner, recent, statistic, hashlimit, NFQUEUE",
    not {"owner", "recent", "statistic", "hashlimit"} & set(matches) and lacks("nfqnl_")),
  ("WireGuard", lacks("wg_")),
  ("IPsec, IPVS", no_socket(socket.AF_NETLINK, socket.SOCK_RAW, 6) and lacks("ip_vs_")),
  ("macvlan, ipvlan, bonding", lacks("macvlan_", "ipvlan_", "bond_")),
  ("SCTP, Multipath TCP", no_socket(socket.AF_INET, socket.SOCK_STREAM, 132) and no_socket(socket.AF_INET, socket.SOCK_STREAM, 262)),
  ("NFS, SMB, 9p", not {"nfs", "nfs4", "cifs", "9p"} & set(systems)),
  ("SquashFS, ISO 9660", not {"squashfs", "iso9660"} & set(systems)),
  ("KVM", absent("/dev/kvm")),
  ("kprobes, ftrace", lacks("register_kprobe", "ftrace_") and absent("/sys/kernel/tracing")),
  ("disk quotas, fscrypt, fs-verity", enosys(SYS["quotactl"], 0, 0, 0, 0) and lacks("fscrypt_", "fsverity_")),
  ("NUMA policies", enosys(SYS["mbind"], 0, 0, 0, 0, 0, 0)),
  ("32-bit programs (\`linux/386\`)", no_i386()),
]
for name, missing in ROWS: print("lacks" if missing else "has", name)
for path in ["fuse", "net/tun", "loop-control", "mapper/control"]:
    if absent("/dev/" + path): print("lacks /dev/" + path)
for prefix in ["nft_dynset", "nft_meta", "nft_limit", "br_", "vxlan_", "veth_", "bm_register_write"]:
    if lacks(prefix): print("lacks " + prefix)
`;

it("the guest's kernel lacks what docs/guest-kernel.md says, and has what it suggests instead", async () => {
  const { stdout, stderr } = await run(["--rm", "-i", "--privileged", PYTHON, "python3", "-"], {
    input: LOOK,
  });
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n").sort()).toEqual(
    documented()
      .map((row) => `lacks ${row}`)
      .sort(),
  );
});

it("a kernel of the user's own, the only file in BOX_RUNTIME_FILES, runs with the rest of box's files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "box-kernel-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kernel = await readFile(join(ROOT, "runtime-files", "kernel.elf"));
  const [builder, own] = ["(root@libkrunfw)", "(user@my-kernel)"];
  expect(own).toHaveLength(builder.length);
  for (let at = kernel.indexOf(builder); at >= 0; at = kernel.indexOf(builder, at)) kernel.write(own, at);
  await writeFile(join(folder, "kernel.elf"), kernel);
  const { stdout, stderr, code } = await run(["--rm", BUSYBOX, "cat", "/proc/version"], {
    env: { BOX_RUNTIME_FILES: folder },
  });
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  expect(stdout).toContain(own);
});
