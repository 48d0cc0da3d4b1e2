import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { DRIVER, finish, ROOT, testEnvironment, type Result } from "./box.js";
import { PYTHON } from "./images.js";

const Github = z.object({
  jobs: z.object({
    test: z.object({ steps: z.array(z.object({ name: z.string().optional(), run: z.string().optional() })) }),
  }),
});
const Gitlab = z.object({ ".test": z.object({ script: z.array(z.string()) }) });

const TEST = `import unittest
class Sum(unittest.TestCase):
    def test_sum(self): self.assertEqual(1 + 1, EXPECTED)
`;

let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "box-ci-"));
  const programs = join(project, "..programs");
  await mkdir(programs);
  // Uses the driver under test, as the runner's setup would have chosen it.
  const box = `#!/bin/sh\ncase $1 in run) shift; set -- run --vmm ${DRIVER} --cpus 1 "$@";; esac\n`;
  await writeFile(join(programs, "box"), `${box}exec '${ROOT}/dist/box' "$@"\n`);
  await chmod(join(programs, "box"), 0o755);
});
afterAll(() => rm(project, { recursive: true }));

/** Runs the lines of a job as a runner does: in the project's directory, until one fails. */
function runJob(lines: string[]): Promise<Result> {
  const script = lines
    .join("\n")
    .replaceAll("python:3.12-slim", PYTHON)
    .replaceAll("git archive HEAD", "tar -c test_sum.py");
  const child = spawn("sh", ["-euc", script], {
    cwd: project,
    env: { ...testEnvironment(), PATH: `${join(project, "..programs")}:${process.env["PATH"] ?? ""}` },
    stdio: "pipe",
  });
  child.stdin.end();
  return finish(child);
}

const writeTest = (expected: number) =>
  writeFile(join(project, "test_sum.py"), TEST.replace("EXPECTED", String(expected)));

const readExample = async (name: string): Promise<unknown> =>
  parse(await readFile(join(ROOT, "docs", "ci", name), "utf8"));

it("the documented GitHub job passes when the project's tests pass", async () => {
  const { jobs } = Github.parse(await readExample("github.yml"));
  const step = jobs.test.steps.find(({ name }) => name === "Test");
  await writeTest(2);
  const { code, stderr } = await runJob([step?.run ?? ""]);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("test_sum") as string });
});

it("the documented GitLab job fails when one of the project's tests fails", async () => {
  const { script } = Gitlab.parse(await readExample("gitlab.yml"))[".test"];
  await writeTest(3);
  const { code, stderr } = await runJob(script);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("2 != 3") as string });
});
