const SINGLE_HOST = "box manages the boxes of this host only";
const BUILD =
  "box does not build images; load those that another tool has built: `box load`, or `box run oci:DIRECTORY`";

/** Commands of Docker that box does not have, and what to use instead. */
export const UNSUPPORTED_COMMANDS: Record<string, string> = {
  build: BUILD,
  buildx: BUILD,
  compose:
    "start each service with `box run -d --network NAME` after `box network create NAME`: its boxes find each other by name",
  search: "search for images on the registry's website",
  node: SINGLE_HOST,
  service: SINGLE_HOST,
  stack: SINGLE_HOST,
  swarm: SINGLE_HOST,
};
