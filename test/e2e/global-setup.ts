import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { home } from "./box.js";

/** Fills the tests' BOX_HOME with images. BOX_TEST_PREPARED=1 skips this if it is done, possibly on another machine. */
export default function setup(): void {
  if (process.env["BOX_TEST_PREPARED"] === "1") {
    if (!existsSync(join(home(), "prepared.json")))
      throw new Error(`${home()} holds no images: run \`node test/e2e/prepare.js\``);
    return;
  }
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, "prepare.js")], {
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("the images of the end-to-end tests could not be made");
}
