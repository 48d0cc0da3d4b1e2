import { text } from "node:stream/consumers";
import { Command } from "commander";
import { BoxError } from "../errors.js";
import type { Credential } from "../engine/system.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine, printNotice, printWarning } from "./output/print.js";
import { prompt } from "./prompt.js";
import { openStdin } from "./stdin.js";

interface LoginFlags {
  username?: string;
  password?: string;
  passwordStdin?: boolean;
}

function usage(message: string, hint: string): BoxError {
  return new BoxError("usage", message, { hint });
}

async function readPassword(): Promise<string> {
  const password = (await text(openStdin())).replace(/\r?\n$/, "");
  if (password !== "") return password;
  throw usage("--password-stdin: stdin is empty", "for example: box login -u me --password-stdin <FILE");
}

/** The credential given by flags; undefined if the user must be prompted. */
async function fromFlags({ username, password, passwordStdin }: LoginFlags): Promise<Credential | undefined> {
  if (password !== undefined && passwordStdin) {
    throw usage(
      "conflicting options: cannot specify both --password and --password-stdin",
      "prefer --password-stdin",
    );
  }
  if (passwordStdin) {
    if (username === undefined)
      throw usage("the --password-stdin option requires --username to be set", "add -u NAME");
    return { username, password: await readPassword() };
  }
  if (password === undefined) return undefined;
  printNotice("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
  if (username !== undefined) return { username, password };
  return { username: await ask("Username: ", {}), password };
}

async function ask(question: string, options: { hidden?: boolean }): Promise<string> {
  if (!openStdin().isTTY) {
    throw usage(
      "Cannot perform an interactive login from a non TTY device",
      "use -u NAME and --password-stdin",
    );
  }
  const answer = (await prompt(question, options))?.replace(/^\s+$/, "") ?? "";
  if (answer !== "") return answer;
  throw usage(`${question.replace(/:.*/, "").toLowerCase()}: must not be empty`, "try again");
}

/** As in Docker, tries stored credentials before prompting. */
async function tryKept(registry: string): Promise<boolean> {
  const { system } = engine();
  const username = await system.keptLogin(registry);
  if (username === undefined) return false;
  const other = "To login with a different account, run 'docker logout' followed by 'docker login'";
  printNotice(`Authenticating with existing credentials... [Username: ${username}]\n\n Info -> ${other}\n\n`);
  try {
    await system.tryKeptLogin(registry, { signal: untilEnded() });
    return true;
  } catch (error) {
    if (!(error instanceof BoxError) || error.code !== "login-refused" || !openStdin().isTTY) throw error;
    printNotice(error.message);
    return false;
  }
}

/** Docker's warning about a file with credentials. */
function unencrypted(file: string): string[] {
  return [
    "",
    `WARNING! Your credentials are stored unencrypted in '${file}'.`,
    "Configure a credential helper to remove this warning. See",
    "https://docs.docker.com/go/credential-store/",
    "",
  ];
}

async function login(server: string | undefined, flags: LoginFlags): Promise<void> {
  const { system } = engine();
  const registry = await system.registry(server);
  let credential = await fromFlags(flags);
  if (!credential) {
    if (flags.username === undefined && (await tryKept(registry))) {
      printLine("Login Succeeded");
      return;
    }
    const username = flags.username ?? (await ask("Username: ", {}));
    credential = { username, password: await ask("Password: ", { hidden: true }) };
  }
  const { checked, unencryptedIn } = await system.login(registry, credential, { signal: untilEnded() });
  if (!checked) {
    printWarning(`registry ${registry} does not require a login: username and password were not checked`);
  }
  if (unencryptedIn !== undefined) {
    for (const line of unencrypted(unencryptedIn)) printNotice(line);
  }
  printLine("Login Succeeded");
}

const NOTES: Notes = {
  text: [
    "Logins are shared with Docker: they are kept in ~/.docker/config.json or by the credential helpers that it names.",
  ],
  examples: [["box login"], ["box login -u me --password-stdin ghcr.io <token.txt"]],
};

export function command(): Command {
  return explain(new Command("login"), NOTES)
    .argument("[server]", "host of the registry (default: Docker Hub)")
    .option("-u, --username <name>", "username")
    .option(
      "-p, --password <password>",
      "password or token (visible to other users; use --password-stdin instead)",
    )
    .option("--password-stdin", "take the password from stdin")
    .action(login);
}
