import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { watchFolder } from "../../host/watch.js";
import { openLogFiles, openTail, type LogFile, type OnEntry } from "./log-files.js";

/** The log of a box: its content at the time of opening, and what is appended to it later. */
export interface OpenLog {
  /** Passes on all entries from the beginning. May be called several times. */
  scan: (take: OnEntry) => Promise<void>;
  /** As `scan`, followed by new entries until `ended` resolves. May be called once. */
  follow: (take: OnEntry, ended: Promise<unknown>) => Promise<void>;
  close: () => Promise<void>;
}

/**
 * Opens the log of a box. The log may be rotated or removed while it is open.
 * @param onGap called if rotation deleted files before they could be read
 */
export async function openLog(path: string, onGap: () => void): Promise<OpenLog> {
  const { files: first } = await openLogFiles(path);
  const opened: LogFile[] = [...first];

  async function scan(take: OnEntry): Promise<void> {
    for (const file of first) await openTail(file)(take);
  }

  async function follow(take: OnEntry, ended: Promise<unknown>): Promise<void> {
    let readers = first.map((file) => ({ file, read: openTail(file) }));

    /** Reads everything written so far, across rotated files. */
    async function drain(): Promise<void> {
      for (const { read } of readers) await read(take);
      for (;;) {
        const newest = readers.at(-1);
        const now = await stat(path).catch(() => undefined);
        if (!now || now.ino === newest?.file.inode) return;
        const { files, gap } = await openLogFiles(path, newest?.file.inode);
        opened.push(...files);
        // Read what was written to it before it was rotated.
        await newest?.read(take);
        if (gap) onGap();
        await closeAll(readers.map(({ file }) => file));
        readers = files.map((file) => ({ file, read: openTail(file) }));
        for (const { read } of readers) await read(take);
      }
    }

    await new Promise<void>((resolve, reject) => {
      // One read at a time; any number of changes during a read cause one more.
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
