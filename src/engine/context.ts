import type { Socket } from "node:net";
import type { Cache } from "../config/cache.js";
import type { Home } from "../host/home.js";
import type { Store } from "../oci/store/store.js";
import type { Box } from "../vm/box/find.js";

/** What the verbs of one engine share. */
export interface Context {
  home: Home;
  /** Gets a line about something that was asked for and is not in force on this host. */
  warn: (line: string) => void;
  /** The settings of the cache and the store that they name; read once. @throws BoxError invalid-settings */
  images: () => Promise<{ cache: Cache; store: Store }>;
}

export type { Box };

/** The control stream between one who works with a running box and the box's monitor. */
export type Conversation = Socket;

/** A box that was found already, or its name, id or unambiguous beginning of an id. */
export type BoxRef = Box | string;
