import { homeOf, type Home } from "../host/home.js";

let home: Home | undefined;

/** The home of the current user. */
export function currentHome(): Home {
  return (home ??= homeOf(process.env));
}
