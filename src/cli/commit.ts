import { dirname, resolve } from "node:path";
import { Command } from "commander";
import type { Change } from "../config/syntax/change.js";
import { readBase } from "../oci/make/base.js";
import { commitImage } from "../oci/make/commit.js";
import { applyChanges } from "../oci/make/run-config.js";
import { parseNewName } from "../oci/reference.js";
import { archiveBox } from "../vm/box/archive.js";
import { committedConfig } from "../vm/box/committed-config.js";
import { recordBoxEvent } from "../vm/box/event.js";
import { findBox } from "../vm/box/find.js";
import { withFiles } from "../vm/box/with-files.js";
import { settleFlags } from "./arguments.js";
import { addChangeFlag } from "./flags/change.js";
import { printLine } from "./output/print.js";
import { currentHome, currentStore, openStore } from "./store.js";

interface CommitFlags {
  author?: string;
  message?: string;
  change?: Change[];
  pause: boolean;
}

const EXAMPLES = `
The image is the box's own with one layer more: what the box has changed, without volumes and other mounts. Its
configuration is what the box was run with, then changed by each -c.

Examples:
  box commit web team/web:2
  box commit -m 'with curl' -c 'CMD ["nginx", "-g", "daemon off;"]' -c 'EXPOSE 80' web team/web:2`;

export const prepare = settleFlags;

export function command(): Command {
  return addChangeFlag(
    new Command("commit").argument("<box>", "name or id").argument("[name]", "name of the image: NAME[:TAG]"),
  )
    .option("-a, --author <text>", "who made it, such as 'Anna <anna@example.com>'")
    .option("-m, --message <text>", "what the image's history says of it")
    .option("-p, --pause", "let the box's programs wait when they write to its root meanwhile", true)
    .option("--no-pause", "let them write; files may be of different moments then")
    .addHelpText("after", EXAMPLES)
    .action(async (word: string, name: string | undefined, flags: CommitFlags) => {
      const { author, message, change = [], pause } = flags;
      const reference = name === undefined ? undefined : parseNewName(name);
      const cache = await openStore();
      const box = await findBox(currentHome(), word);
      const { record } = box;
      // The store that the box's image is in: STORE/images/DIGEST/disk.vmdk.
      const base = await readBase(record.image.digest, resolve(dirname(record.image.disk), "..", ".."));
      const config = committedConfig(record, base.config);
      const making = {
        config: applyChanges(config, change),
        createdBy: (config.Cmd ?? []).join(" "),
        author,
        message,
        name: reference,
      };
      const image = await withFiles(currentHome(), box, "read", (connect) => {
        const changes = archiveBox(connect, pause ? "still-changes" : "changes");
        return commitImage(currentStore(), base, changes, `the files of box ${record.name}`, making);
      });
      recordBoxEvent(currentHome(), record, "commit", {
        imageID: image.id,
        imageRef: name ?? "",
        comment: message ?? "",
      });
      printLine(image.id);
      const { afterPull } = await import("../engine/images/after-pull.js");
      await afterPull(currentStore(), cache, false);
    });
}
