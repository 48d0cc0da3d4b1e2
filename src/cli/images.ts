import { Command } from "commander";
import { listImages } from "../oci/images.js";
import { printLine } from "./output/print.js";
import { formatDuration, formatSize, formatTable } from "./output/table.js";

export function command(): Command {
  return new Command("images")
    .option("-q, --quiet", "ids only")
    .addHelpText("after", "\nExamples:\n  box images")
    .action(async ({ quiet = false }: { quiet?: boolean }) => {
      const images = await listImages();
      const shortId = (id: string) => id.replace(/^sha256:/, "").slice(0, 12);
      if (quiet) {
        for (const id of new Set(images.map((image) => shortId(image.id)))) printLine(id);
        return;
      }
      const rows = images.map(({ repository, tag, id, created, size }) => [
        repository,
        tag ?? "<none>",
        shortId(id),
        created === undefined ? "N/A" : `${formatDuration(Date.now() - Date.parse(created))} ago`,
        formatSize(size),
      ]);
      const header = ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"];
      for (const line of formatTable(header, rows, process.stdout.columns)) printLine(line);
    });
}
