// The recipes of the images: Debian packages, plus the effect of their maintainer scripts.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { file, folder, link } from "./tree.js";

/**
 * @typedef {import("./tree.js").Tree} Tree
 * @typedef {object} Layer
 * @property {string[]} packages Debian packages; those of the layers below and all dependencies are added
 * @property {string} [architecture] Debian's name of the packages' architecture
 * @property {(tree: Tree, below: Tree) => void} [change] changes the files of the packages; `below` has those of the lower layers
 *
 * @typedef {object} Image
 * @property {Layer[]} layers the lowest first; images that name the same layer share it
 * @property {{ architecture: string, variant?: string }} [platform] by default amd64
 * @property {object} config as in the OCI image specification, `config`
 */

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Adds a system user and a group of the same name.
 * @param {Tree} tree
 * @param {Tree} below
 * @param {{ name: string, id: number, home: string, shell?: string }} user
 */
function addUser(tree, below, { name, id, home, shell = "/usr/sbin/nologin" }) {
  const append = (/** @type {string} */ path, /** @type {string} */ line) => {
    const before = (tree.get(path) ?? below.get(path))?.data.toString() ?? "";
    tree.set(path, file(`${before}${line}\n`));
  };
  append("etc/passwd", `${name}:x:${id}:${id}::${home}:${shell}`);
  append("etc/group", `${name}:x:${id}:`);
}

/** @type {Layer} */
const BASE = {
  packages: [
    ...["base-files", "base-passwd", "bash", "coreutils", "dash", "findutils", "grep", "gzip", "hostname"],
    ...["libc-bin", "libssl3", "libstdc++6", "netbase", "sed", "tar", "tzdata", "util-linux", "zlib1g"],
  ],
  change: (tree) => {
    for (const name of ["bin", "sbin", "lib", "lib64"]) tree.set(name, link(`usr/${name}`));
    tree.set("var/run", link("/run"));
    tree.set("var/lock", link("/run/lock"));
    tree.set("run/lock", folder(0o1777));
    tree.set("usr/bin/sh", link("dash"));
    for (const name of ["passwd", "group"]) {
      const master = tree.get(`usr/share/base-passwd/${name}.master`)?.data.toString() ?? "";
      tree.set(`etc/${name}`, file(master.replaceAll(":*:", ":x:")));
    }
    tree.set("etc/nsswitch.conf", file("passwd: files\ngroup: files\nhosts: files dns\n"));
  },
};

/**
 * Turns the files of busybox-static and base-passwd into a small system.
 * @param {Tree} tree
 */
function keepBusybox(tree) {
  const busybox = tree.get("usr/bin/busybox") ?? tree.get("bin/busybox");
  const users = ["passwd", "group"].map((name) =>
    tree.get(`usr/share/base-passwd/${name}.master`)?.data.toString(),
  );
  if (busybox === undefined) throw new Error("busybox-static has no /bin/busybox");
  tree.clear();
  for (const name of ["bin", "dev", "etc", "home", "proc", "run", "sys", "usr", "var"])
    tree.set(name, folder());
  for (const name of ["usr/bin", "usr/sbin", "var/log", "var/spool"]) tree.set(name, folder());
  for (const name of ["tmp", "var/tmp"]) tree.set(name, folder(0o1777));
  tree.set("root", folder(0o700));
  tree.set("var/run", link("/run"));
  for (const [i, name] of ["passwd", "group"].entries()) {
    // Debian gives root the shell bash, which this image lacks.
    const lines = (users[i] ?? "").replaceAll(":*:", ":x:").replace("/bin/bash", "/bin/sh");
    tree.set(`etc/${name}`, file(lines));
  }
  tree.set("bin/busybox", { ...busybox, mode: 0o755 });
  for (const name of applets(busybox.data)) {
    if (name === "busybox") continue;
    // Hard links, as in the official image.
    tree.set(`bin/${name}`, { ...busybox, type: "Link", linkpath: "bin/busybox", data: Buffer.alloc(0) });
  }
}

const BUSYBOX_PACKAGES = ["busybox-static", "base-passwd"];

/** @type {Layer} */
const BUSYBOX = {
  packages: BUSYBOX_PACKAGES,
  change: (tree) => {
    keepBusybox(tree);
    // Not volumes: where QEMU cannot add those to a template, a box with one boots.
    for (const name of ["probe", "network-guest"]) tree.set(`bin/${name}`, file(compile(name), 0o755));
  },
};

/**
 * A busybox for another processor.
 * @param {string} debian Debian's name of the architecture
 * @param {{ architecture: string, variant?: string }} platform
 * @returns {Image}
 */
const foreign = (debian, platform) => ({
  layers: [{ packages: BUSYBOX_PACKAGES, architecture: debian, change: keepBusybox }],
  platform,
  config: { Env: [PATH], Cmd: ["sh"] },
});

/** Compiles a program that tests run in boxes. @param {string} name of the source file beside this one */
function compile(name) {
  const folder = mkdtempSync(join(tmpdir(), "box-program-"));
  try {
    const program = join(folder, name);
    const headers = ["-idirafter", "/usr/include", "-idirafter", "/usr/include/x86_64-linux-gnu"];
    const source = join(import.meta.dirname, `${name}.c`);
    const flags = ["-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror", ...headers];
    execFileSync("musl-gcc", [...flags, "-o", program, source]);
    return readFileSync(program);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Returns the names of the applets in a busybox, which contains them one after the other, each terminated by a NUL.
 * @param {Buffer} program
 * @returns {string[]}
 */
function applets(program) {
  const start = program.indexOf("[\0[[\0");
  if (start < 0) throw new Error("cannot find the list of applets in busybox");
  const end = program.indexOf("\0\0", start);
  return program.toString("latin1", start, end).split("\0");
}

/** @type {Layer} */
const NGINX = {
  packages: ["nginx"],
  change: (tree) => {
    tree.set("usr/bin/network-guest", file(compile("network-guest"), 0o755));
    tree.set("etc/nginx/sites-enabled/default", link("/etc/nginx/sites-available/default"));
    tree.set("var/www", folder());
    tree.set("var/www/html", folder());
    tree.set(
      "var/www/html/index.nginx-debian.html",
      file(tree.get("usr/share/nginx/html/index.html")?.data ?? ""),
    );
    tree.set("var/log/nginx/access.log", link("/dev/stdout"));
    tree.set("var/log/nginx/error.log", link("/dev/stderr"));
  },
};

/** @type {Layer} */
const REDIS = {
  packages: ["redis-server"],
  change: (tree, below) => {
    addUser(tree, below, { name: "redis", id: 999, home: "/data" });
    tree.set("data", folder(0o755, { uid: 999, gid: 999 }));
  },
};

/** @type {Layer} */
const POSTGRES = {
  packages: ["postgresql"],
  change: (tree, below) => {
    const owner = { uid: 999, gid: 999 };
    addUser(tree, below, { name: "postgres", id: 999, home: "/var/lib/postgresql", shell: "/bin/bash" });
    tree.set("var/lib/postgresql", folder(0o755, owner));
    tree.set("var/lib/postgresql/data", folder(0o1777, owner));
    tree.set("run/postgresql", folder(0o3777, owner));
    for (const path of tree.keys()) {
      const [, name] = /^usr\/lib\/postgresql\/\d+\/bin\/(\w+)$/.exec(path) ?? [];
      if (name !== undefined) tree.set(`usr/local/bin/${name}`, link(`/${path}`));
    }
    const script = readFileSync(join(import.meta.dirname, "postgres-entrypoint.sh"));
    tree.set("usr/local", folder());
    tree.set("usr/local/bin", folder());
    tree.set("usr/local/bin/docker-entrypoint.sh", file(script, 0o755));
  },
};

/** @type {Record<string, Image>} */
export const IMAGES = {
  busybox: { layers: [BUSYBOX], config: { Env: [PATH], Cmd: ["sh"] } },
  "busybox-arm64": foreign("arm64", { architecture: "arm64", variant: "v8" }),
  "busybox-386": foreign("i386", { architecture: "386" }),
  nginx: {
    layers: [BASE, NGINX],
    config: {
      Env: [PATH],
      Cmd: ["nginx", "-g", "daemon off;"],
      ExposedPorts: { "80/tcp": {} },
      StopSignal: "SIGQUIT",
    },
  },
  redis: {
    layers: [BASE, REDIS],
    config: {
      User: "redis",
      Env: [PATH],
      WorkingDir: "/data",
      Cmd: ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no"],
      ExposedPorts: { "6379/tcp": {} },
      Volumes: { "/data": {} },
    },
  },
  postgres: {
    layers: [BASE, POSTGRES],
    config: {
      Env: [PATH, "LANG=C.UTF-8", "PGDATA=/var/lib/postgresql/data"],
      Entrypoint: ["docker-entrypoint.sh"],
      Cmd: ["postgres"],
      ExposedPorts: { "5432/tcp": {} },
      Volumes: { "/var/lib/postgresql/data": {} },
      StopSignal: "SIGINT",
    },
  },
  python: {
    layers: [BASE, { packages: ["python3-minimal", "libpython3-stdlib"] }],
    config: { Env: [PATH, "LANG=C.UTF-8"], Cmd: ["python3"] },
  },
};

/** Images that only few tests need, and that are built only for them. @type {Record<string, Image>} */
export const MORE_IMAGES = {
  "busybox-arm-v5": foreign("armel", { architecture: "arm", variant: "v5" }),
  "busybox-arm-v7": foreign("armhf", { architecture: "arm", variant: "v7" }),
  "busybox-mips64le": foreign("mips64el", { architecture: "mips64le" }),
  "busybox-ppc64le": foreign("ppc64el", { architecture: "ppc64le" }),
  "busybox-riscv64": foreign("riscv64", { architecture: "riscv64" }),
  "busybox-s390x": foreign("s390x", { architecture: "s390x" }),
  "compiler-arm64": {
    layers: [{ ...BASE, packages: [...BASE.packages, "libc6-dev", "make", "tcc"], architecture: "arm64" }],
    platform: { architecture: "arm64", variant: "v8" },
    config: { Env: [PATH], Cmd: ["bash"] },
  },
};
