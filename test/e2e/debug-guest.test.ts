import { afterEach, beforeEach, expect, it } from "vitest";
import { DRIVER, ROOT } from "./box.js";
import { openTerminal, type Terminal } from "./tmux.js";

let terminal: Terminal;
beforeEach(async () => {
  terminal = await openTerminal(`cd '${ROOT}'; PS1='host$ '`, process.env);
});
afterEach(() => terminal.close());

it.skipIf(DRIVER !== "qemu")(
  "npm run debug-guest shows a shell in the boot disk on the terminal",
  async () => {
    await terminal.enter("node scripts/debug-guest.js || echo exit code: $?");
    await terminal.awaitScreen((screen) => screen.endsWith("boot disk #\n"), /^exit code: \d/m);
    await terminal.enter("clear; ls -d /init /agent /image; grep -c vdc /proc/partitions");
    expect(await terminal.awaitScreen((screen) => /^1$/m.test(screen))).toContain("/agent  /image  /init");
    await terminal.enter("exit");
    await terminal.awaitScreen((screen) => screen.endsWith("host$\n"));
  },
);
