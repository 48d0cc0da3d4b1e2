import type { Command } from "commander";

/** Reorders the words of a command line before they are parsed. */
type Prepare = (command: Command, words: readonly string[]) => string[];

/** A command of box; its file is loaded only when it is used. */
export interface Entry {
  summary: string;
  /** Heading in the help. */
  group: string;
  hidden?: true;
  load: () => Promise<{ command: (exit: (code: number) => void) => Command; prepare?: Prepare }>;
}

const BOXES = "Boxes:";
const IMAGES = "Images:";
const HOST = "This host:";

export const COMMANDS: Record<string, Entry> = {
  run: {
    summary: "Create a box from an image and run a command in it",
    group: BOXES,
    load: () => import("./run.js"),
  },
  create: {
    summary: "Create a box without starting it",
    group: BOXES,
    load: () => import("./create.js"),
  },
  start: { summary: "Start boxes that do not run", group: BOXES, load: () => import("./start.js") },
  ps: { summary: "List boxes", group: BOXES, load: () => import("./ps.js") },
  attach: { summary: "Show what a box writes, and feed it", group: BOXES, load: () => import("./attach.js") },
  logs: { summary: "Show what a box has written", group: BOXES, load: () => import("./logs.js") },
  stop: { summary: "Stop running boxes", group: BOXES, load: () => import("./stop.js") },
  restart: { summary: "Stop boxes and start them again", group: BOXES, load: () => import("./restart.js") },
  relaunch: {
    summary: "Start a box again whose monitor has ended for that",
    group: BOXES,
    hidden: true,
    load: () => import("./relaunch.js"),
  },
  wait: {
    summary: "Wait until boxes end, and print their exit codes",
    group: BOXES,
    load: () => import("./wait.js"),
  },
  inspect: {
    summary: "Show all about boxes, images and volumes",
    group: BOXES,
    load: () => import("./inspect.js"),
  },
  port: { summary: "List the published ports of a box", group: BOXES, load: () => import("./port.js") },
  rename: { summary: "Give a box another name", group: BOXES, load: () => import("./rename.js") },
  kill: { summary: "Send a signal to running boxes", group: BOXES, load: () => import("./kill.js") },
  exec: { summary: "Run another program in a box", group: BOXES, load: () => import("./exec.js") },
  pause: { summary: "Let all programs of boxes stand still", group: BOXES, load: () => import("./pause.js") },
  unpause: { summary: "Let paused boxes go on", group: BOXES, load: () => import("./unpause.js") },
  top: { summary: "List the processes of a box", group: BOXES, load: () => import("./top.js") },
  stats: { summary: "Show what boxes use", group: BOXES, load: () => import("./stats.js") },
  update: {
    summary: "Change limits and the restart policy of boxes",
    group: BOXES,
    load: () => import("./update.js"),
  },
  cp: { summary: "Copy files into a box, or out of it", group: BOXES, load: () => import("./cp.js") },
  export: {
    summary: "Write a box's files as a tar",
    group: BOXES,
    load: () => import("./export.js"),
  },
  diff: {
    summary: "List what a box has changed of its image",
    group: BOXES,
    load: () => import("./diff.js"),
  },
  commit: {
    summary: "Make an image of what a box has changed",
    group: BOXES,
    load: () => import("./commit.js"),
  },
  rm: { summary: "Remove boxes", group: BOXES, load: () => import("./rm.js") },
  prune: { summary: "Remove boxes that have ended", group: BOXES, load: () => import("./prune.js") },
  pull: { summary: "Download an image from a registry", group: IMAGES, load: () => import("./pull.js") },
  push: { summary: "Upload an image to a registry", group: IMAGES, load: () => import("./push.js") },
  login: { summary: "Log in to a registry", group: IMAGES, load: () => import("./login.js") },
  logout: { summary: "Log out from a registry", group: IMAGES, load: () => import("./logout.js") },
  images: { summary: "List images", group: IMAGES, load: () => import("./images.js") },
  image: { summary: "Manage images", group: IMAGES, load: () => import("./image.js") },
  tag: { summary: "Give an image one more name", group: IMAGES, load: () => import("./tag.js") },
  rmi: { summary: "Remove images", group: IMAGES, load: () => import("./rmi.js") },
  history: {
    summary: "Show the steps that made an image",
    group: IMAGES,
    load: () => import("./history.js"),
  },
  save: { summary: "Write images to an archive", group: IMAGES, load: () => import("./save.js") },
  load: { summary: "Read images from an archive", group: IMAGES, load: () => import("./load.js") },
  import: { summary: "Make an image of a tar of files", group: IMAGES, load: () => import("./import.js") },
  volume: { summary: "Manage volumes", group: "Volumes:", load: () => import("./volume.js") },
  system: { summary: "Show, check and free what box keeps", group: HOST, load: () => import("./system.js") },
  events: {
    summary: "Show what happens to boxes, images and volumes",
    group: HOST,
    load: () => import("./events.js"),
  },
  info: { summary: "Show what box can use on this host", group: HOST, load: () => import("./info.js") },
  doctor: {
    summary: "Check whether boxes can run on this host, and fix what keeps them from it",
    group: HOST,
    load: () => import("./doctor.js"),
  },
  setup: {
    summary: "Install what this system lacks to run boxes",
    group: HOST,
    load: () => import("./setup.js"),
  },
  config: { summary: "Show what a configuration may say", group: HOST, load: () => import("./config.js") },
  completion: {
    summary: "Print a script that completes commands in a shell",
    group: HOST,
    load: () => import("./completion.js"),
  },
};
