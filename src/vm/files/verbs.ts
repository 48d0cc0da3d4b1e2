import type { Socket } from "node:net";
import { posix } from "node:path";
import { BoxError } from "../../errors.js";
import { onAbort } from "../../host/abort.js";
import { readSession, type SessionResult } from "../copy/conversation.js";
import type { FileRequest } from "../protocol/guest/file-request.js";
import type { Connect } from "../offline-session.js";
import { createEntryDecoder, type FileEntry, type SentEntry } from "./entries.js";
import { checkFile, malformed, shown } from "./failure.js";
import { plainPath } from "./path.js";

/** Limit for reading all entries of a directory at once. */
const MOST_ENTRIES = 1_000_000;

/**
 * Yields the data that the agent sends in response to a request.
 * @param signal closes the connection, which also stops the operation in the agent
 * @throws BoxError from `checkFile`; the signal's reason
 */
export async function* converse(
  connect: Connect,
  request: FileRequest,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  signal?.throwIfAborted();
  const socket = await connect();
  const result = yield* abortable(socket, readSession(socket, request), signal);
  checkFile(result, request.path);
}

/** Closes the socket when the signal is aborted, and then throws the signal's reason. */
async function* abortable(
  socket: Socket,
  session: AsyncGenerator<Buffer, SessionResult>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, SessionResult> {
  const off = onAbort(signal, () => socket.destroy());
  try {
    return yield* session;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    off();
  }
}

/** @throws BoxError files-failed if the response contains any data */
async function perform(connect: Connect, request: FileRequest, signal?: AbortSignal): Promise<void> {
  const answer = converse(connect, request, signal);
  if ((await answer.next()).done === true) return;
  await answer.return(undefined);
  throw malformed();
}

function toEntry(path: string, name: string, sent: SentEntry): FileEntry {
  return { ...sent, name, path };
}

/** Returns the entry at a path. A link at the end of the path is followed only with `follow`. */
export async function stat(
  connect: Connect,
  path: string,
  { follow = false, signal }: { follow?: boolean | undefined; signal?: AbortSignal | undefined } = {},
): Promise<FileEntry> {
  const plain = plainPath(path);
  const decoder = createEntryDecoder();
  const found: SentEntry[] = [];
  for await (const chunk of converse(connect, { kind: "stat", path: plain, follow }, signal)) {
    found.push(...decoder.take(chunk));
    if (found.length > 1) throw malformed();
  }
  decoder.end();
  const [entry] = found;
  if (!entry || entry.name !== "") throw malformed();
  return toEntry(plain, posix.basename(plain) || "/", entry);
}

/** Yields the entries of a directory, in the order of its file system. */
export async function* entries(
  connect: Connect,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  const plain = plainPath(path);
  const decoder = createEntryDecoder();
  for await (const chunk of converse(connect, { kind: "list", path: plain }, signal)) {
    for (const entry of decoder.take(chunk)) {
      if (entry.name === "") throw malformed();
      yield toEntry(posix.join(plain, entry.name), entry.name, entry);
    }
  }
  decoder.end();
}

/** Returns all entries of a directory, sorted by name. */
export async function list(connect: Connect, path: string, signal?: AbortSignal): Promise<FileEntry[]> {
  const all: FileEntry[] = [];
  for await (const entry of entries(connect, path, signal)) {
    all.push(entry);
    if (all.length > MOST_ENTRIES)
      throw new BoxError("too-many-entries", `${shown(path)} has more than ${MOST_ENTRIES} entries`);
  }
  return all.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

export interface MkdirOptions {
  /** Creates missing parent directories; an existing directory does not cause an error. */
  parents?: boolean | undefined;
  /** 0o755 by default; created parent directories always have 0o755. */
  mode?: number | undefined;
  signal?: AbortSignal | undefined;
}

export async function mkdir(
  connect: Connect,
  path: string,
  { parents = false, mode, signal }: MkdirOptions = {},
): Promise<void> {
  const given = mode === undefined ? {} : { mode: plainMode(mode) };
  await perform(connect, { kind: "mkdir", path: plainPath(path), parents, ...given }, signal);
}

/** @throws BoxError invalid-mode */
export function plainMode(mode: number): number {
  if (Number.isInteger(mode) && mode >= 0 && mode <= 0o7777) return mode;
  throw new BoxError("invalid-mode", `${mode} is not a valid file mode: use a number from 0 to 0o7777`);
}

export interface RemoveOptions {
  /** Removes a directory with all its contents; an empty one is removed in any case. */
  recursive?: boolean | undefined;
  /** Succeeds if nothing exists at the path. */
  force?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export async function remove(
  connect: Connect,
  path: string,
  { recursive = false, force = false, signal }: RemoveOptions = {},
): Promise<void> {
  try {
    await perform(connect, { kind: "remove", path: plainPath(path), recursive }, signal);
  } catch (error) {
    if (!force || !(error instanceof BoxError) || error.code !== "no-such-path") throw error;
  }
}

/** Renames a file or directory. An existing target is replaced: a file by a file, an empty directory by a directory. */
export async function rename(
  connect: Connect,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  await perform(connect, { kind: "rename", path: plainPath(from), to: plainPath(to) }, signal);
}
