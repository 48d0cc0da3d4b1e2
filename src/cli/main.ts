#!/usr/bin/env -S node --
import { EXIT_BOX } from "../config/exit-codes.js";
import { withholdEnvironment } from "../host/caller-environment.js";
import { exitCodeOfSignal, SIGPIPE } from "../host/signals.js";
import { complaintAboutNode, versionLine } from "./version.js";
import { isDockerMode } from "./words/docker-mode.js";

/** Lets the owner of box's files use them whatever the caller's umask is. native/client/main.c does so as well. */
function limitUmask(): void {
  const OF_OTHERS = 0o077;
  process.umask(process.umask(OF_OTHERS) & OF_OTHERS);
}

/** Runs the command line of this process and sets its exit code. */
async function main(): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // The reader of our output has gone: exit like a program terminated by SIGPIPE.
    if (error.code === "EPIPE") process.exit(exitCodeOfSignal(SIGPIPE));
    process.stderr.write(`box: cannot write to stdout: ${error.message}\n`);
    process.exit(EXIT_BOX);
  });
  withholdEnvironment(process.env);
  limitUmask();
  const words = process.argv.slice(2);
  if (words[0] === "pull") {
    const { pullCurrent } = await import("./pull-current.js");
    process.exitCode = await pullCurrent(words.slice(1));
    if (process.exitCode !== undefined) return;
  }
  const { runProgram } = await import("./program.js");
  process.exitCode = await runProgram(words);
}

// Handled before anything else is loaded, since scripts run it often.
if (process.argv.length === 3 && ["--version", "-v"].includes(process.argv[2] ?? "")) {
  process.stdout.write(`${versionLine(isDockerMode(process.env))}\n`);
} else {
  const complaint = complaintAboutNode(process.versions.node);
  if (complaint === undefined) void main();
  else {
    process.stderr.write(
      `box: ${complaint}\nhint: install a newer Node.js, or box's Debian package, which contains one\n`,
    );
    process.exitCode = EXIT_BOX;
  }
}
