import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { execa } from "execa";
import { BoxError } from "../../errors.js";
import { explain } from "../help/notes.js";
import { printLine, printWarning } from "../output/print.js";

const UNIT = "box.service";
/** Variables of a user's systemd that would affect box's Node before box can withhold them (host/caller-environment.ts). */
const NODE_VARIABLES = [
  ...["NODE_OPTIONS", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NODE_V8_COVERAGE", "NODE_ICU_DATA", "NODE_DEBUG"],
  ...["NODE_DEBUG_NATIVE", "NODE_REDIRECT_WARNINGS", "NODE_COMPILE_CACHE", "NODE_PRESERVE_SYMLINKS"],
  ...[
    "NODE_PRESERVE_SYMLINKS_MAIN",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NODE_USE_ENV_PROXY",
    "NODE_USE_SYSTEM_CA",
  ],
  ...[
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "UV_USE_IO_URING",
  ],
];

function unitFile(): string {
  const config = process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config");
  return join(config, "systemd", "user", UNIT);
}

/** Quotes a word of a unit file (systemd.syntax(7)), such that it contains neither escapes nor specifiers. */
function quoteWord(word: string): string {
  return `"${word.replace(/[\\"]/g, "\\$&").replace(/%/g, "%%")}"`;
}

/** Quotes an argument of a command, in which variables would be expanded too. */
function quoteArgument(word: string): string {
  return quoteWord(word.replace(/\$/g, "$$$$"));
}

/** The command that runs box: Node and `box.js`, which may be a symbolic link in PATH. */
function boxCommand(): string[] {
  return [process.execPath, "--", process.argv[1] ?? "box"];
}

/**
 * Returns a systemd unit that starts boxes when the host starts. `KillMode=process` keeps them running when it stops.
 * @param environment box's own variables, so that the unit uses the same directories as this command
 */
export function unitText(command: readonly string[], environment: readonly string[]): string {
  return `[Unit]
Description=Boxes that start with this host

[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=process
UnsetEnvironment=${NODE_VARIABLES.join(" ")}
${environment.map((entry) => `Environment=${quoteWord(entry)}\n`).join("")}ExecStart=${[...command, "system", "resume"].map(quoteArgument).join(" ")}

[Install]
WantedBy=default.target
`;
}

function ownEnvironment(): string[] {
  return ["BOX_HOME", "BOX_RUNTIME", "BOX_RUNTIME_FILES", "BOX_ENGINE_DIR"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [`${name}=${value}`];
  });
}

/** @throws BoxError no-systemd */
async function systemctl(...words: string[]): Promise<void> {
  const { failed, stderr } = await execa("systemctl", ["--user", ...words], { reject: false });
  if (!failed) return;
  throw new BoxError(
    "no-systemd",
    `systemctl --user ${words.join(" ")} failed: ${stderr.split("\n")[0] || "there is no systemd"}`,
    {
      hint: `run \`${[...boxCommand(), "system", "resume"].join(" ")}\` when this host starts, for example with @reboot in crontab(5)`,
    },
  );
}

export function addEnable(enable: Command): void {
  explain(enable, {
    text: ["Writes and enables a systemd unit of this user that runs `box system resume`."],
  }).action(async () => {
    // Fails before anything is written if there is no systemd.
    await systemctl("daemon-reload");
    const file = unitFile();
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, unitText(boxCommand(), ownEnvironment()));
    await systemctl("daemon-reload");
    await systemctl("enable", UNIT);
    const { failed } = await execa("loginctl", ["enable-linger"], { reject: false });
    if (failed) {
      printWarning(
        `boxes start when you log in, not when the host starts; to change this, run \`sudo loginctl enable-linger ${userInfo().username}\``,
      );
    }
    printLine(file);
  });
}

export function addDisable(disable: Command): void {
  disable.action(async () => {
    await systemctl("disable", UNIT);
    await rm(unitFile(), { force: true });
    await systemctl("daemon-reload");
  });
}
