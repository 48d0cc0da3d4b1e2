/* Seeds: well-formed command lines, VMDK descriptor and file of subordinate IDs. */
#include "../../fuzz/mutate.h"

const struct mutation mutation = {
    .max_input = 1 << 13,
    .max_edits = 6,
    .max_run = 64,
    INTERESTING("\0\1\n /\x7f\x80\xc0\xff"),
};

static const char krun[] = "\0--libkrun\0/l\0--kernel\0/k\0--cmdline\0quiet\0--cpus\0002\0--memory\000512\0--net\0tsi\0"
                           "--disk\0ro\0raw\0/boot\0--disk\0rw\0vmdk\0/d\0--publish\0tcp\000127.0.0.1\0008080\00080\0"
                           "--publish\0udp\0*\00053\00053\0--publish\0tcp\0::1\0001\0002\0--resolver\000127.0.0.53\0"
                           "--volume\0ro\0/src\0name\0--log-level\0debug\0--cgroup\0/c\0--cpus\0--report";
static const char qemu[] = "\1--virtiofsd\0/v\0--volume\0rw\0/src\0data\0--peers\00002:42:0a:59:07:02\0"
                           "--cpuset\0000,2,3\0--largest-file\0001024\0--allow-host\0--bridge\0/n\0"
                           "/l\0001500\0--ipv6\0--\0qemu-system-x86_64\0-M\0microvm";
static const char thaw[] = "\1--thaw\0/t\0007-7\0--memory-preload\0/l\0--kernel\0/k\0--disk\0ro\0raw\0/"
                           "boot\0--\0qemu-system-x86_64\0-M\0microvm";
static const char extents[] =
    "\2# Disk DescriptorFile\nversion=1\ncreateType=\"twoGbMaxExtentFlat\"\n"
    "RW 4096 FLAT \"/home/u/layers/a b\" 0\nRDONLY 1 FLAT \"/x\" 0\nRW 1 ZERO\nddb.a = \"1\"\n";
static const char ids[] = "\3root:1:2\n\n#:\nuser:100000:65536\n1000:165536:65536\nx:y:z:w\n";

static const char join[] =
    "\4--switch\0/run/s\0--member\0a1\0--network\0b1\0--label\0blue\0--subnet\00010.89.7.0/24\0--gateway\00010.89.7.1\0"
    "--address\00010.89.7.9\0--network-name\0web\0--network-name\0a.b\0--network-link\0db=store";
/* An odd number of words makes it a change. */
static const char change[] =
    "\4--switch\0/run/s\0--member\0a1\0--network\0b1\0--subnet\00010.0.0.0/8\0--gateway\00010.0.0.1\0"
    "--network-name\0web\0--leave\0004ed\0--rename\0005e\0--network-name\0www\0x";

void make_seeds(void) {
    add(new_seed(), krun, sizeof krun);
    add(new_seed(), qemu, sizeof qemu);
    add(new_seed(), thaw, sizeof thaw);
    add(new_seed(), extents, sizeof extents - 1);
    add(new_seed(), ids, sizeof ids - 1);
    add(new_seed(), join, sizeof join - 1);
    add(new_seed(), change, sizeof change - 1);
}
