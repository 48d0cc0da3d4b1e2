// Records what Docker's client, and Go, make of the templates in cases.js. `node record.js client` and `node record.js go`
// record one of the two; the latter needs the command go.
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DATA, templates, typedTemplates } from "./cases.js";

const CLIENT = "28.2.2";

/** Addresses differ between runs. @param {string} text */
const withoutAddresses = (text) => text.replace(/0xc000[0-9a-f]{6}/g, "0xc000010000");

/**
 * @param {string} name
 * @param {string} version
 * @param {Record<string, unknown[]>} answers
 */
function save(name, version, answers) {
  const lists = Object.entries(answers).map(([list, items]) => {
    const lines = items.map((item) => JSON.stringify(item)).join(",\n");
    return `${JSON.stringify(list)}: [\n${lines}\n]`;
  });
  const file = new URL(`${name}-answers.json`, import.meta.url);
  writeFileSync(file, `{\n"version": ${JSON.stringify(version)},\n${lists.join(",\n")}\n}\n`);
}

/**
 * Asks Docker's client. An engine that answers every question about a container with the same JSON stands behind it.
 * @param {string} socket
 * @param {string} template
 * @returns {Promise<string[]>} the template and what it prints, or the template, nothing and the error
 */
async function ask(socket, template) {
  const args = ["-H", `unix://${socket}`, "inspect", "-f", template, "x"];
  try {
    const { stdout } = await promisify(execFile)("docker", args, { encoding: "utf8" });
    return [template, withoutAddresses(stdout.slice(0, -1))];
  } catch (error) {
    const { stderr } = /** @type {{ stderr: string }} */ (error);
    const reason = stderr.replace(/\n$/, "").replace(/^template parsing error: /, "");
    return [template, "", withoutAddresses(reason)];
  }
}

async function recordClient() {
  const { stdout } = await promisify(execFile)("docker", ["--version"]);
  if (!stdout.includes(` ${CLIENT},`))
    throw new Error(`Docker's client ${CLIENT} is needed, not ${stdout.trim()}`);
  const folder = mkdtempSync(join(tmpdir(), "box-templates-"));
  const socket = join(folder, "engine.sock");
  const server = createServer((request, response) => {
    response.setHeader("Api-Version", "1.49");
    response.setHeader("Content-Type", "application/json");
    response.end(request.url?.endsWith("/_ping") ? "OK" : JSON.stringify({ D: DATA }));
  });
  await new Promise((resolve) => server.listen(socket, () => resolve(undefined)));
  try {
    const answers = [];
    for (const template of templates()) answers.push(await ask(socket, template));
    save("client", CLIENT, { answers });
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

function recordGo() {
  const input = JSON.stringify(typedTemplates());
  const program = new URL("record.go", import.meta.url).pathname;
  const { error, status, stdout, stderr } = spawnSync("go", ["run", program], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    env: { ...process.env, GO111MODULE: "off" },
  });
  if (error) {
    console.log("skipped: there is no go");
    return;
  }
  if (status !== 0) throw new Error(stderr);
  /** @type {{ version: string, object: unknown[], row: unknown[] }} */
  const { version, ...answers } = JSON.parse(stdout);
  save("go", version, answers);
}

const [what] = process.argv.slice(2);
if (what !== "go") await recordClient();
if (what !== "client") recordGo();
