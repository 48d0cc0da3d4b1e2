import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../../..");

let project: string;

/** A project with the package as npm makes it, and with what it says that it depends on. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "box-pack-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ filename: string }];
  const modules = join(project, "node_modules");
  await mkdir(join(modules, "@types"), { recursive: true });
  await run("tar", ["xzf", join(project, filename)], { cwd: project });
  await cp(join(project, "package"), join(modules, "box"), { recursive: true });
  const { dependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), "@types/node", "undici-types"]) {
    await mkdir(join(modules, name, ".."), { recursive: true });
    await symlink(join(ROOT, "node_modules", name), join(modules, name));
  }
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
  // @ts-expect-error -- there is no such field
  await Box.create({ image: "alpine", nosuch: 1 });
  // @ts-expect-error -- it is bytes
  (await run).stdout.toUpperCase();
  return stdout.toUpperCase();
}
`;

it("has types for a strict project, without a need to skip those of libraries", async () => {
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
