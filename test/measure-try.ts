import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { startScripted } from "./registry/scripted.js";
import { bundleProduct } from "./registry/product.js";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
const sha = (d: Buffer) => "sha256:" + createHash("sha256").update(d).digest("hex");
const product = await bundleProduct();
for (const files of process.argv.slice(2)) {
  const names = files.split("+");
  const blobs = new Map<string, Buffer>();
  const layers = names.map((f) => { const j = JSON.parse(readFileSync(f + ".json", "utf8")); blobs.set(j.digest, readFileSync(f)); return j; });
  const config = Buffer.from(JSON.stringify({ os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: layers.map((l) => l.diffId) } }));
  blobs.set(sha(config), config);
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: sha(config), size: config.length }, layers: layers.map(({ digest, size }) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size })) }));
  const registry = await startScripted({ latest: { manifest, digest: sha(manifest), blobs } as never });
  const home = mkdtempSync("/tmp/host-bench/home-");
  const started = Date.now();
  const child = spawn("/usr/bin/time", ["-v", process.execPath, "--cpu-prof", "--cpu-prof-dir=/tmp/host-bench/prof", product.command, `${registry.host}/x`], { env: { ...process.env, BOX_HOME: home }, stdio: ["ignore", "pipe", "pipe"] });
  let out = "", err = "";
  child.stdout.on("data", (d) => (out += d)); child.stderr.on("data", (d) => (err += d));
  await once(child, "close");
  console.log(files, out, `${Date.now() - started} ms`, /Maximum resident.*/.exec(err)?.[0], execFileSync("du", ["-sk", home]).toString().trim(), err.slice(0, 500).includes("FATAL") ? err : "");
  await registry.stop();
  rmSync(home, { recursive: true, force: true });
}
await product.remove();
