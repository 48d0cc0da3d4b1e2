// Runs the CI scripts of the end-to-end tests with Docker: `npm run diff -- --scripts [NAME…]`. They must pass there too,
// and leave nothing behind.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { IMAGES } from "../e2e/scripts/images.js";
import { buildImages } from "../images/build.js";
import "../judges.js";
import { findClient } from "./docker-side.js";
import { startEngine } from "./engine.js";
import { startRegistries } from "./registry.js";

const SCRIPTS = join(import.meta.dirname, "..", "e2e", "scripts");

/**
 * @param {import("./engine.js").Engine} engine
 * @param {string} client
 */
async function loadImages({ host }, client) {
  const layouts = await buildImages(Object.values(IMAGES));
  const folder = mkdtempSync(join(tmpdir(), "box-diff-images-"));
  try {
    for (const [reference, name] of Object.entries(IMAGES)) {
      const archive = join(folder, `${name}.tar`);
      const copy = [
        "copy",
        "--quiet",
        `oci:${layouts[name]}:latest`,
        `docker-archive:${archive}:${reference}`,
      ];
      execFileSync("skopeo", ["--insecure-policy", ...copy], { stdio: ["ignore", "ignore", "inherit"] });
      execFileSync(client, ["load", "-q", "-i", archive], { env: { ...process.env, DOCKER_HOST: host } });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {readonly string[]} names of scripts (default: all) */
export async function runScripts(names) {
  const scripts = readdirSync(SCRIPTS).filter((file) => file.endsWith(".sh"));
  const unknown = names.find((name) => !scripts.includes(`${name}.sh`));
  if (unknown !== undefined) throw new Error(`no script ${unknown}; there are ${scripts.join(", ")}`);
  const client = findClient();
  const engine = await startEngine();
  const registries = await startRegistries(engine.inside);
  const bin = mkdtempSync(join(tmpdir(), "box-diff-bin-"));
  symlinkSync(client, join(bin, "docker"));
  const list = (/** @type {string[]} */ ...args) =>
    execFileSync(client, args, { env: { ...process.env, DOCKER_HOST: engine.host }, encoding: "utf8" }).split(
      "\n",
    );
  const contents = () =>
    [
      ...list("ps", "-aq"),
      ...list("volume", "ls", "-q"),
      ...list("images", "-a", "--digests", "--format", "{{.ID}} {{.Repository}}:{{.Tag}} {{.Digest}}").sort(),
    ].join("\n");
  try {
    await loadImages(engine, client);
    const before = contents();
    for (const script of names.length > 0 ? names.map((name) => `${name}.sh`) : scripts) {
      const folder = mkdtempSync(join(tmpdir(), "box-diff-script-"));
      const started = performance.now();
      mkdirSync(join(folder, "home"));
      const child = spawn("env", [...engine.inside, join(SCRIPTS, script)], {
        cwd: folder,
        stdio: ["ignore", "ignore", "inherit"],
        env: {
          PATH: `${bin}:/usr/bin:/bin`,
          HOME: join(folder, "home"),
          DOCKER_HOST: engine.host,
          REGISTRY: registries.env["PRIVATE"],
          REGISTRY_USER: "ann",
          REGISTRY_PASSWORD: "secret pass:word",
        },
      });
      const [code] = await once(child, "exit");
      rmSync(folder, { recursive: true });
      const left = contents() === before ? "" : ", and it leaves something behind";
      if (code !== 0 || left !== "") process.exitCode = 1;
      console.log(
        `${code === 0 && left === "" ? "passed" : "FAILED"}  ${basename(script, ".sh")}: exit code ${code}${left}, ${Math.round((performance.now() - started) / 1000)} s`,
      );
    }
  } finally {
    registries.stop();
    await engine.stop();
    rmSync(bin, { recursive: true });
  }
}
