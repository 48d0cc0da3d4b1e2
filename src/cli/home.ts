import { homeOf, type Home } from "../host/home.js";

let home: Home | undefined;

/** The home of this command's user. */
export function currentHome(): Home {
  return (home ??= homeOf(process.env));
}
