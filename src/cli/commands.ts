import type { Command } from "commander";

/** A command of box; its file is loaded on demand. */
export interface Entry {
  summary: string;
  /** Heading in the help. */
  group: string;
  hidden?: true;
  load: () => Promise<{ command: (exit: (code: number) => void) => Command }>;
}

const COMMON = "Common commands";
const BOXES = "Boxes";
const IMAGES = "Images";
const SYSTEM = "System";
const MANAGEMENT = "Docker's management commands";

/** All commands, in the order of the help. */
export const COMMANDS: Record<string, Entry> = {
  run: { summary: "Create and run a new box from an image", group: COMMON, load: () => import("./run.js") },
  exec: {
    summary: "Execute a command in a running box",
    group: COMMON,
    load: () => import("./exec.js"),
  },
  ps: { summary: "List boxes", group: COMMON, load: () => import("./ps.js") },
  logs: { summary: "Fetch the logs of a box", group: COMMON, load: () => import("./logs.js") },
  start: {
    summary: "Start one or more stopped boxes",
    group: COMMON,
    load: () => import("./start.js"),
  },
  stop: { summary: "Stop one or more running boxes", group: COMMON, load: () => import("./stop.js") },
  rm: { summary: "Remove one or more boxes", group: COMMON, load: () => import("./rm.js") },
  cp: {
    summary: "Copy files/folders between a box and the local filesystem",
    group: COMMON,
    load: () => import("./cp.js"),
  },
  pull: { summary: "Download an image from a registry", group: COMMON, load: () => import("./pull.js") },
  images: { summary: "List images", group: COMMON, load: () => import("./images.js") },
  attach: {
    summary: "Attach stdin, stdout and stderr to a running box",
    group: BOXES,
    load: () => import("./attach.js"),
  },
  commit: {
    summary: "Create a new image from a box's changes",
    group: BOXES,
    load: () => import("./commit.js"),
  },
  create: { summary: "Create a new box", group: BOXES, load: () => import("./create.js") },
  diff: {
    summary: "Inspect changes to files or directories on a box's filesystem",
    group: BOXES,
    load: () => import("./diff.js"),
  },
  export: {
    summary: "Export a box's filesystem as a tar archive",
    group: BOXES,
    load: () => import("./export.js"),
  },
  inspect: {
    summary: "Return low-level information on boxes, images, networks and volumes",
    group: BOXES,
    load: () => import("./inspect.js"),
  },
  kill: { summary: "Kill one or more running boxes", group: BOXES, load: () => import("./kill.js") },
  pause: {
    summary: "Pause all processes in one or more boxes",
    group: BOXES,
    load: () => import("./pause.js"),
  },
  port: {
    summary: "List port mappings or a specific mapping for the box",
    group: BOXES,
    load: () => import("./port.js"),
  },
  prune: { summary: "Remove all stopped boxes", group: BOXES, load: () => import("./prune.js") },
  relaunch: {
    summary: "Restart a box whose monitor has exited for that purpose",
    group: BOXES,
    hidden: true,
    load: () => import("./relaunch.js"),
  },
  rename: { summary: "Rename a box", group: BOXES, load: () => import("./rename.js") },
  restart: { summary: "Restart one or more boxes", group: BOXES, load: () => import("./restart.js") },
  stats: {
    summary: "Display a live stream of resource usage statistics",
    group: BOXES,
    load: () => import("./stats.js"),
  },
  top: { summary: "Display the running processes of a box", group: BOXES, load: () => import("./top.js") },
  unpause: {
    summary: "Resume one or more paused boxes",
    group: BOXES,
    load: () => import("./unpause.js"),
  },
  update: {
    summary: "Update configuration of one or more boxes",
    group: BOXES,
    load: () => import("./update.js"),
  },
  wait: {
    summary: "Block until one or more boxes stop, then print their exit codes",
    group: BOXES,
    load: () => import("./wait.js"),
  },
  history: { summary: "Show the history of an image", group: IMAGES, load: () => import("./history.js") },
  image: { summary: "Manage images", group: IMAGES, load: () => import("./image.js") },
  import: {
    summary: "Import the contents from a tarball to create a filesystem image",
    group: IMAGES,
    load: () => import("./import.js"),
  },
  load: {
    summary: "Load images from a tar archive or stdin",
    group: IMAGES,
    load: () => import("./load.js"),
  },
  login: { summary: "Authenticate to a registry", group: IMAGES, load: () => import("./login.js") },
  logout: { summary: "Log out from a registry", group: IMAGES, load: () => import("./logout.js") },
  push: { summary: "Upload an image to a registry", group: IMAGES, load: () => import("./push.js") },
  rmi: { summary: "Remove one or more images", group: IMAGES, load: () => import("./rmi.js") },
  save: {
    summary: "Save one or more images to a tar archive (streamed to stdout by default)",
    group: IMAGES,
    load: () => import("./save.js"),
  },
  tag: {
    summary: "Create a tag NAME that refers to IMAGE",
    group: IMAGES,
    load: () => import("./tag.js"),
  },
  completion: {
    summary: "Generate the autocompletion script for a shell",
    group: SYSTEM,
    load: () => import("./completion.js"),
  },
  config: { summary: "Manage box configurations", group: SYSTEM, load: () => import("./config.js") },
  doctor: {
    summary: "Check whether boxes can run on this host",
    group: SYSTEM,
    load: () => import("./doctor.js"),
  },
  events: { summary: "Get real-time events", group: SYSTEM, load: () => import("./events.js") },
  info: { summary: "Display system-wide information", group: SYSTEM, load: () => import("./info.js") },
  keeper: {
    summary: "Keep a pool of virtual machines",
    group: SYSTEM,
    hidden: true,
    load: () => import("./keeper.js"),
  },
  pool: {
    summary: "Manage pools of booted virtual machines",
    group: SYSTEM,
    load: () => import("./pool.js"),
  },
  setup: {
    summary: "Install the system packages needed to run boxes",
    group: SYSTEM,
    load: () => import("./setup.js"),
  },
  system: {
    summary: "Manage disk usage and starting at boot",
    group: SYSTEM,
    load: () => import("./system.js"),
  },
  network: { summary: "Manage networks", group: SYSTEM, load: () => import("./network.js") },
  version: {
    summary: "Show the version information",
    group: SYSTEM,
    load: () => import("./version-info.js"),
  },
  volume: { summary: "Manage volumes", group: SYSTEM, load: () => import("./volume.js") },
  builder: { summary: "Manage builds", group: MANAGEMENT, load: () => import("./builder.js") },
  container: { summary: "Manage boxes", group: MANAGEMENT, load: () => import("./container.js") },
  context: { summary: "Manage contexts", group: MANAGEMENT, load: () => import("./context.js") },
};
