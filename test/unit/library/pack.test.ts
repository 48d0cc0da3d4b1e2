// @module-tag slow
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { VERSION } from "../../../src/cli/version.js";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../../..");

let project: string;

/** A project with the package as packed by npm, and nothing else but Node's types. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "box-pack-"));
  await run("npm", ["pack", "--pack-destination", project], { cwd: ROOT });
  const modules = join(project, "node_modules");
  await mkdir(join(modules, "@types"), { recursive: true });
  await run("tar", ["xzf", join(project, `box-${VERSION}.tgz`)], { cwd: project });
  await rename(join(project, "package"), join(modules, "box"));
  for (const name of ["@types/node", "undici-types"])
    await symlink(join(ROOT, "node_modules", name), join(modules, name));
  await writeFile(join(project, "package.json"), '{ "type": "module" }\n');
});

afterAll(() => rm(project, { recursive: true, force: true }));

async function runNode(file: string, text: string): Promise<string> {
  await writeFile(join(project, file), text);
  const env = { ...process.env, BOX_HOME: join(project, "home"), BOX_RUNTIME: join(project, "run") };
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: project, env });
  expect(stderr).toBe("");
  return stdout;
}

it.each([
  ["an ES module", "main.js", 'import { Box, BoxError, openEngine } from "box";'],
  ["a CommonJS module", "main.cjs", 'const { Box, BoxError, openEngine } = require("box");'],
])("works from its package in %s", async (_, file, imports) => {
  const text = `${imports}
    const main = async () => {
      console.log(typeof Box.create, (await Box.list()).length, typeof openEngine({}).boxes.run);
      await Box.get("nosuch").catch((error) => console.log(error instanceof BoxError, error.code));
    };
    main();`;
  expect(await runNode(file, text)).toBe("function 0 function\ntrue no-such-box\n");
});

const SAMPLE = `
import { Box, BoxError, openEngine, type CreateOptions, type Exec, type Output } from "box";

const options: CreateOptions = { image: "alpine", portMap: ["80"], record: { name: "a", tty: true } };
export async function use(): Promise<string> {
  await using box: Box = await Box.create({ ...options, engine: openEngine({ home: "/x" }) });
  const run: Exec<"buffer"> = box.exec("ls", ["-l"], { encoding: "buffer", env: { A: "b" } });
  for await (const { data } of run) data.readUInt8(0);
  const pieces: Output[] = [];
  for await (const piece of box.exec("ls")) pieces.push(piece);
  const { stdout } = await box.exec("ls");
  const { port } = await box.port(80);
  const { record } = await box.inspect();
  const status: "created" | "running" | "restarting" | "exited" = (await box.inspect()).state.status;
  if (port.toFixed() === status) throw new BoxError("code", record.config.image);
  // @ts-expect-error -- unknown field
  await Box.create({ image: "alpine", nosuch: 1 });
  // @ts-expect-error -- it is bytes
  (await run).stdout.toUpperCase();
  return stdout.toUpperCase();
}
`;

it("has types that compile in a strict project without skipLibCheck", async () => {
  await writeFile(join(project, "sample.ts"), SAMPLE);
  const compilerOptions = {
    ...{ module: "NodeNext", target: "ES2022", lib: ["ES2023"], types: ["node"], noEmit: true },
    ...{
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
    },
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["sample.ts"] }));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = await run(process.execPath, [tsc, "-p", project]).catch(
    (error: unknown) => error as { stdout: string },
  );
  expect(stdout).toBe("");
});

it("contains everything that box needs beyond the system, and installs nothing else", async () => {
  const root = join(project, "node_modules", "box");
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Record<string, unknown>;
  for (const field of ["dependencies", "optionalDependencies", "peerDependencies"])
    expect(manifest).not.toHaveProperty(field);
  for (const hook of ["preinstall", "install", "postinstall"])
    expect(manifest["scripts"]).not.toHaveProperty(hook);
  const digests = JSON.parse(await readFile(join(root, "runtime-files", "sha256.json"), "utf8")) as Record<
    string,
    string
  >;
  const found = Object.keys(digests).map(async (name) => {
    const content = await readFile(join(root, "runtime-files", name));
    return [name, createHash("sha256").update(content).digest("hex")] as const;
  });
  expect(Object.fromEntries(await Promise.all(found))).toEqual(digests);
  expect(Object.keys(digests).sort()).toEqual(["boot.erofs", "kernel.elf", "libkrun.so.1"]);
  const { stdout } = await run("ldd", [join(root, "dist", "native", "box-layer")]);
  expect(stdout).toContain(`libisal.so.2 => ${join(root, "dist", "native")}/../lib/libisal.so.2`);
});

it("contains the licenses of all parts, and names the source of the kernel", async () => {
  const root = join(project, "node_modules", "box");
  const [readme, npm] = await Promise.all([
    readFile(join(root, "packaging", "licenses", "README.md"), "utf8"),
    readFile(join(root, "dist", "licenses.txt"), "utf8"),
  ]);
  const { parts } = JSON.parse(await readFile(join(ROOT, "runtime-files.json"), "utf8")) as {
    parts: { package: string; version: string }[];
  };
  for (const { package: name, version } of parts) expect(readme).toContain(`\`${name}\` ${version}`);
  const [kernel] = /Linux version ([\d.]+) /
    .exec(await readFile(join(root, "runtime-files", "kernel.elf"), "latin1"))
    ?.slice(1) ?? [""];
  expect(readme).toContain(`/linux-${kernel}.tar.xz`);
  for (const name of readme.matchAll(/\]\(([\w.-]+\.txt)\)/g))
    await access(join(root, "packaging", "licenses", name[1] ?? ""));
  for (const name of ["commander", "undici", "zod"]) expect(npm).toMatch(new RegExp(`^${name} \\d`, "m"));
});

it("leaves no digests in the checkout, where files change with every build", async () => {
  await expect(access(join(ROOT, "runtime-files", "sha256.json"))).rejects.toThrow("ENOENT");
});
