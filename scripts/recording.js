// Records docs/demo.svg: runs commands in a terminal and turns their output into an animated picture that browsers play.
// The output is real; only long waits are shortened. The network is needed only to build the tests' images.
//
//   npm run recording
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { buildImages } from "../test/images/build.js";

const ROOT = join(import.meta.dirname, "..");
const COLUMNS = 94;
const PORT = 8080;

const COMMANDS = [
  "box run --rm busybox uname -sr        # its own kernel",
  "box run -d --name web nginx -p 8080:80",
  "curl -s --retry 20 --retry-all-errors localhost:8080 | head -n 4",
  "box exec web sh -c 'grep -c processor /proc/cpuinfo; id -un'",
  "box ps --format '{{.Names}}  {{.Image}}  {{.Status}}  {{.Ports}}'",
  "box stop web && box rm web",
];

/** Timing of the animation, in seconds. */
const TYPING = 0.045;
const PAUSE = 0.7;
const LONGEST_WAIT = 1.5;

/** A line of the picture. @typedef {{ text: string, at: number, typed?: boolean }} Line */

/**
 * Runs a command in a new terminal.
 * @param {string} command
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ text: string, after: number }[]>} the lines, each with the seconds until it appeared
 */
async function record(command, { cwd, env }) {
  const child = spawn("script", ["-qfec", `stty cols ${COLUMNS} rows 40; ${command}`, "/dev/null"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const started = performance.now();
  const lines = /** @type {{ text: string, after: number }[]} */ ([]);
  let rest = "";
  for await (const data of child.stdout.setEncoding("utf8")) {
    const parts = `${rest}${data}`.split("\n");
    rest = parts.pop() ?? "";
    const after = (performance.now() - started) / 1000;
    lines.push(...parts.map((text) => ({ text: plain(text), after })));
  }
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0) {
    throw new Error(`${command}: exit code ${child.exitCode}\n${lines.map(({ text }) => text).join("\n")}`);
  }
  return lines;
}

/** Removes colors, and text that a carriage return overwrites. @param {string} text */
function plain(text) {
  const words = text.replace(/\u001b\[[0-9;?]*[a-zA-Z]/g, "").replace(/\r+$/, "");
  return words.slice(words.lastIndexOf("\r") + 1);
}

/** @param {string} text */
const escape = (text) => text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);

/** @param {number} seconds */
const delay = (seconds) => `style="animation-delay:${seconds.toFixed(2)}s"`;

const SIZE = { char: 8.43, line: 20, font: 14, margin: 16 };

/** @param {Line} line @param {number} index */
function draw({ text, at, typed }, index) {
  const place = `x="${SIZE.margin}" y="${SIZE.margin + SIZE.font + index * SIZE.line}"`;
  if (!typed) return `<text ${place} class="l" ${delay(at)}>${escape(text)}</text>`;
  const letters = Array.from(text).map(
    (letter, i) => `<tspan class="l" ${delay(at + i * TYPING)}>${escape(letter)}</tspan>`,
  );
  return `<text ${place}><tspan class="l p" ${delay(at - PAUSE)}>$ </tspan><tspan class="c">${letters.join("")}</tspan></text>`;
}

/** Without animation, all text is visible from the start. @param {Line[]} lines */
function picture(lines) {
  const width = Math.ceil(COLUMNS * SIZE.char + 2 * SIZE.margin);
  const height = lines.length * SIZE.line + 2 * SIZE.margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="A terminal in which box runs busybox and nginx">
<style>
rect{fill:#fff;stroke:#d0d7de}
text{font:${SIZE.font}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328;white-space:pre}
.c{fill:#0550ae}
.p{fill:#59636e}
.l{animation:hidden 1ms backwards}
@keyframes hidden{from,to{visibility:hidden}}
@media (prefers-color-scheme:dark){rect{fill:#0d1117;stroke:#3d444d}text{fill:#e6edf3}.c{fill:#79c0ff}.p{fill:#9198a1}}
@media (prefers-reduced-motion:reduce){.l{animation:none}}
</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${lines.map(draw).join("\n")}
</svg>
`;
}

/** @param {number} port */
async function checkFree(port) {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  server.close();
  await once(server, "close");
}

async function main() {
  await checkFree(PORT);
  const images = await buildImages(["busybox", "nginx"]);
  await mkdir(join(ROOT, "build"), { recursive: true });
  const folder = await mkdtemp(join(ROOT, "build", "recording-"));
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
    BOX_HOME: join(folder, "home"),
    TERM: "xterm",
  };
  const options = { cwd: folder, env };
  try {
    await symlink(join(ROOT, "dist", "box"), join(folder, "box"));
    for (const [name, layout] of Object.entries(images))
      await record(`box tag oci:${layout} ${name}`, options);
    const lines = /** @type {Line[]} */ ([]);
    let now = 0;
    for (const command of COMMANDS) {
      now += PAUSE;
      lines.push({ text: command, at: now, typed: true });
      now += command.length * TYPING;
      let before = 0;
      for (const { text, after } of await record(command, options)) {
        now += Math.min(after - before, LONGEST_WAIT);
        before = after;
        lines.push({ text, at: now });
      }
      now += PAUSE;
    }
    await writeFile(join(ROOT, "docs", "demo.svg"), picture(lines));
    for (const { text, typed } of lines) console.log(typed ? `$ ${text}` : text);
  } finally {
    await record("box rm -f web || true", options);
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
