import { named, STRING, STRINGS } from "../go/type.js";

/** A port such as `80/tcp`. */
export const PORT = named("nat.Port", STRING);
export const WORDS = named("strslice.StrSlice", STRINGS);
