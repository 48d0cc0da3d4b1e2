import { on } from "node:events";
import { mkdirSync, readdirSync, rmSync, symlinkSync, watch } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { box, DRIVER, home } from "./box.js";
import { BUSYBOX } from "./images.js";

/** Returns an environment that keeps all of box's files in a directory of the test. */
export function homeIn(folder: string): NodeJS.ProcessEnv {
  return {
    BOX_HOME: join(folder, "home"),
    BOX_RUNTIME: join(folder, "run"),
    BOX_SETTINGS: join(folder, "settings.yaml"),
  };
}

/** Puts the smallest image into a test's own BOX_HOME, an empty directory. */
export async function fillHome(folder: string): Promise<void> {
  const archive = `${folder}.tar`;
  try {
    expect((await box(["save", "-o", archive, BUSYBOX])).code).toBe(0);
    expect((await box(["load", "-q", "-i", archive], { env: { BOX_HOME: folder } })).code).toBe(0);
  } finally {
    rmSync(archive, { force: true });
  }
}

/** Lets boxes of a test's own BOX_HOME continue the templates of the others, instead of making the same ones. */
export function shareTemplates(folder: string): void {
  if (DRIVER !== "qemu") return;
  const templates = join(home(), "templates");
  for (const path of [templates, folder]) mkdirSync(path, { recursive: true, mode: 0o700 });
  symlinkSync(templates, join(folder, "templates"));
}

/** Returns the names of the complete templates in a directory. */
export function templatesIn(templates: string): string[] {
  return readdirSync(templates).filter((name) => /^vm-[0-9a-f]+$/.test(name));
}

/** Waits until there is a template that is not among `others`, and returns its directory. */
export async function awaitTemplate(templates: string, others: string[] = []): Promise<string> {
  const watcher = watch(templates);
  const changes = on(watcher, "change");
  try {
    for (;;) {
      const name = templatesIn(templates).find((each) => !others.includes(each));
      if (name !== undefined) return join(templates, name);
      await changes.next();
    }
  } finally {
    watcher.close();
  }
}
