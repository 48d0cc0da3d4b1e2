import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { DRIVER, run } from "./box.js";
import { BUSYBOX, PYTHON } from "./images.js";

/** Steps of a container engine to start a container from an image, remove and replace files in it, and start it again. */
const OVERLAY = `
cd /v
mkdir -p lower/folder upper work merged
echo lower >lower/file; touch lower/removed lower/folder/hidden; ln -s file lower/link
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
rm merged/removed; rm -r merged/folder; mkdir merged/folder; touch merged/folder/new
mv merged/file merged/moved; chown -h 5 merged/link
umount merged
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
cd merged && find . -mindepth 1 | sort | xargs stat -c '%n %u'
cat moved
`;

/** An attribute that would hide the lower directory, set by an ordinary user under its name on the host. */
const FORGE = `
import os
os.chmod("/v", 0o755)
os.mkdir("/v/own")
os.chown("/v/own", 1000, 1000)
os.setuid(1000)
try:
    os.setxattr("/v/own", "user.box.trusted.overlay.opaque", b"y")
except OSError as error:
    print(error.strerror, os.listxattr("/v/own"))
`;

// libkrun's file server has no map of names, and the host accepts trusted attributes only from its own root.
it.skipIf(DRIVER === "krun")(
  "a volume can hold the upper directory of an overlay, whose attributes only root in the box may set",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "box-overlay-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const flags = ["--rm", "-i", "--privileged", "-v", `${folder}:/v`];
    const engine = await run([...flags, BUSYBOX, "sh", "-eus"], { input: OVERLAY });
    expect(engine).toMatchObject({
      code: 0,
      stdout: "./folder 0\n./folder/new 0\n./link 5\n./moved 0\nlower\n",
      stderr: "",
    });
    const user = await run([...flags, PYTHON, "python3", "-"], { input: FORGE });
    expect(user).toMatchObject({ stdout: "Operation not permitted []\n", stderr: "" });
  },
);
