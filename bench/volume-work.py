# The work that bench/volume.js times: prints `NAME SECONDS` for each kind, in a new directory below the given one.
import os
import shutil
import sys
import tempfile
import time

FOLDERS, FILES, BIG = 100, 40, 256 << 20
root = tempfile.mkdtemp(dir=sys.argv[1])


def timed(name, work):
    start = time.monotonic()
    work()
    print(name, round(time.monotonic() - start, 4), flush=True)


def install():
    """As npm install: many folders of small files, written once."""
    for i in range(FOLDERS):
        folder = os.path.join(root, "tree", f"package-{i}", "lib")
        os.makedirs(folder)
        for j in range(FILES):
            with open(os.path.join(folder, f"file-{j}.js"), "wb") as file:
                file.write(b"x" * (500 + 37 * j))


def status():
    """As git status: every folder listed, every file looked at."""
    for folder, _, files in os.walk(os.path.join(root, "tree")):
        for name in files:
            os.lstat(os.path.join(folder, name))


def read():
    """As a build: every file read."""
    for folder, _, files in os.walk(os.path.join(root, "tree")):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                file.read()


def write_large():
    piece = b"\0" * (1 << 20)
    with open(os.path.join(root, "large"), "wb") as file:
        for _ in range(BIG >> 20):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def read_large():
    with open(os.path.join(root, "large"), "rb") as file:
        while file.read(1 << 20):
            pass


timed("install", install)
timed("status", status)
timed("read", read)
timed("write-large", write_large)
timed("read-large", read_large)
timed("remove", lambda: shutil.rmtree(root))
