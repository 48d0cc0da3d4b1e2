import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { box, DRIVER, ROOT, testEnvironment } from "./box.js";
import { BUSYBOX } from "./images.js";
import { openTerminal, type Terminal } from "./tmux.js";

// One box on one terminal, from start to end: each test continues where the previous one stopped.

const NAME = "on-a-terminal";

let terminal: Terminal;

beforeAll(async () => {
  const setUp = [
    "PS1='host$ '",
    `box() { '${process.execPath}' '${join(ROOT, "dist", "box.js")}' "$@"; }`,
    `run() { box run --vmm ${DRIVER} --cpus 1 --name ${NAME} -e PS1='box$ ' "$@" ${BUSYBOX} sh; }`,
    'before=$(stty -a); sane() { echo "code $?"; [ "$(stty -a)" = "$before" ] && echo sane || stty -a; }',
  ].join("\n");
  terminal = await openTerminal(setUp, testEnvironment());
  await terminal.awaitScreen((screen) => screen.startsWith("host$"));
});
afterAll(async () => {
  await terminal.close();
  await box(["rm", "-f", NAME]);
});

const endsWith = (text: string) => (screen: string) => screen.trimEnd().endsWith(text);
const screenFile = (name: string) => join(import.meta.dirname, "screens", `${name}.txt`);

/** Runs a line in the box's shell, on a cleared screen. */
async function inBox(line: string, isDone: (screen: string) => boolean): Promise<string> {
  await terminal.enter("clear");
  await terminal.awaitScreen((screen) => screen.trim() === "box$");
  await terminal.enter(line);
  return terminal.awaitScreen(isDone);
}

it("a shell in a box has this terminal, with its size", async () => {
  await terminal.enter("run -it");
  await terminal.awaitScreen(endsWith("box$"), /^box: /m);
  const screen = await inBox('tty; stty size; echo "$TERM"; echo do""ne', (text) => /done\nbox\$/.test(text));
  await expect(screen).toMatchFileSnapshot(screenFile("shell"));
});

it("an editor is redrawn when the terminal is resized", async () => {
  const shown = await inBox("seq 100 > /tmp/numbers; vi /tmp/numbers", (text) =>
    text.includes("/tmp/numbers 1/100"),
  );
  await expect(shown).toMatchFileSnapshot(screenFile("editor"));
  await terminal.resize(60, 12);
  const smaller = await terminal.awaitScreen(
    (text) => text.split("\n")[11]?.includes("/tmp/numbers") ?? false,
  );
  await expect(smaller).toMatchFileSnapshot(screenFile("editor-smaller"));
  await terminal.resize(80, 24);
  await terminal.awaitScreen((text) => text.split("\n")[23]?.includes("/tmp/numbers") ?? false);
  await terminal.enter(":q!");
  await terminal.awaitScreen(endsWith("box$"));
});

it("Ctrl-C ends the foreground program of the box's shell, and nothing else", async () => {
  await inBox("echo go$((40+2)); sleep 10000", (text) => text.includes("go42"));
  await terminal.press("C-c");
  await terminal.awaitScreen(endsWith("box$"));
  await terminal.enter("echo code $?");
  const screen = await terminal.awaitScreen((text) => /code 130\nbox\$/.test(text));
  await expect(screen).toMatchFileSnapshot(screenFile("interrupted"));
});

it("Ctrl-P Ctrl-Q detaches, leaving the box running and the terminal restored", async () => {
  await inBox("echo left", (text) => /left\nbox\$/.test(text));
  await terminal.press("C-p", "C-q");
  await terminal.awaitScreen(endsWith("host$"));
  await terminal.enter(`sane; box exec -it ${NAME} stty size; sane`);
  const screen = await terminal.awaitScreen(
    (text) => text.split("code 0\n").length > 2 && endsWith("host$")(text),
  );
  await expect(screen).toMatchFileSnapshot(screenFile("detached"));
});

it("box attach returns to the shell, and exits with its exit code", async () => {
  await terminal.enter(`clear; box attach ${NAME}`);
  await terminal.awaitScreen(endsWith("box$"), /^box: /m);
  await terminal.enter("exit 3");
  await terminal.awaitScreen(endsWith("host$"));
  await terminal.enter("sane");
  const screen = await terminal.awaitScreen(
    (text) => text.includes("sane\n") && /code \d+\n[^]*host\$$/.test(text.trimEnd()),
  );
  await expect(screen).toMatchFileSnapshot(screenFile("exited"));
});

it("the log contains everything the terminal received, in one stream", async () => {
  const { stdout, stderr } = await box(["logs", NAME]);
  expect({ has: stdout.includes("go42\r\n"), stderr }).toEqual({ has: true, stderr: "" });
});

it("box events reports who attached and detached", async () => {
  const until = (Date.now() / 1000).toFixed(3);
  const flags = [
    "--since",
    "1h",
    "--until",
    until,
    "--filter",
    `container=${NAME}`,
    "--format",
    "{{.Action}}",
  ];
  const actions = (await box(["events", ...flags])).stdout.split("\n");
  const seen = actions.filter((action) => ["start", "attach", "detach", "die"].includes(action));
  expect(seen.slice(-5)).toEqual(["attach", "start", "detach", "attach", "die"]);
});
