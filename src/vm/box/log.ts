import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { watchFolder } from "../../host/watch.js";
import { openLogFiles, openTail, type LogFile, type OnEntry } from "./log-files.js";

/** The log of a box, as it was when it was opened and as it goes on. */
export interface OpenLog {
  /** Hands over all that is in it, from the beginning. May be asked for several times. */
  scan: (take: OnEntry) => Promise<void>;
  /** As `scan`, and then what comes until `ended` resolves. Once. */
  follow: (take: OnEntry, ended: Promise<unknown>) => Promise<void>;
  close: () => Promise<void>;
}

/**
 * Opens the log of a box, which may be rotated or removed meanwhile.
 * @param onGap files were rotated away before they could be read
 */
export async function openLog(path: string, onGap: () => void): Promise<OpenLog> {
  const { files: first } = await openLogFiles(path);
  const opened: LogFile[] = [...first];

  async function scan(take: OnEntry): Promise<void> {
    for (const file of first) await openTail(file)(take);
  }

  async function follow(take: OnEntry, ended: Promise<unknown>): Promise<void> {
    let readers = first.map((file) => ({ file, read: openTail(file) }));

    /** Reads all there is, across the files that were put aside. */
    async function drain(): Promise<void> {
      for (const { read } of readers) await read(take);
      for (;;) {
        const newest = readers.at(-1);
        const now = await stat(path).catch(() => undefined);
        if (!now || now.ino === newest?.file.inode) return;
        const { files, gap } = await openLogFiles(path, newest?.file.inode);
        opened.push(...files);
        // What was written to it before it was put aside.
        await newest?.read(take);
        if (gap) onGap();
        await closeAll(readers.map(({ file }) => file));
        readers = files.map((file) => ({ file, read: openTail(file) }));
        for (const { read } of readers) await read(take);
      }
    }

    await new Promise<void>((resolve, reject) => {
      // One reading at a time; changes that come meanwhile ask for one more.
      let reading: Promise<void> = Promise.resolve();
      let asked = false;
      const read = () => {
        if (asked) return;
        asked = true;
        reading = reading.then(() => {
          asked = false;
          return drain();
        });
        reading.catch(reject);
      };
      const unwatch = watchFolder(dirname(path), read);
      read();
      ended.finally(unwatch).then(() => {
        reading.then(drain).then(resolve, reject);
      }, reject);
    });
  }

  async function closeAll(files: LogFile[]): Promise<void> {
    for (const file of files) {
      const at = opened.indexOf(file);
      if (at < 0) continue;
      opened.splice(at, 1);
      await file.handle.close();
    }
  }

  return { scan, follow, close: () => closeAll([...opened]) };
}
