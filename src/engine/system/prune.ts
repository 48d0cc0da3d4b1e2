import { prune as pruneBoxes, type Pruned } from "../boxes/prune.js";
import type { Context } from "../context.js";
import { sweepUncached } from "../images/after-pull.js";
import { prune as pruneImages, type PrunedImages } from "../images/prune.js";
import { ALL, type PruneFilter, type PruneOptions } from "../prune-filter.js";
import { plansFolder, templatesFolder, type Home } from "../../host/home.js";
import { isNamed } from "../../host/read.js";
import { sweepTemporaries } from "../../host/temporaries.js";
import { leasesFolder } from "../../oci/store/paths.js";
import { sweepLeases } from "../../oci/store/lease.js";
import { sweepWorkspaces } from "../../oci/store/workspace.js";
import { sweepStagedFiles } from "../../vm/box/staged-files.js";
import { sweepPools } from "../../vm/pool/files.js";
import { sweepVolumes } from "../../vm/volume/store.js";
import { forgetFailures, listTemplates, MOST_TEMPLATES, sweepTemplates } from "../../vm/template/store.js";
import { prunePools, type PrunedPools } from "../pools/prune.js";
import { neededBy, storedPools } from "../pools/stored.js";
import { measureFolders } from "./measure.js";
import { heldLocks } from "../../vm/box/lock.js";
import { makingLock } from "../../vm/template/files.js";
import { removeTemplate } from "../../vm/template/remove.js";
import { surveyBoxes } from "../../vm/box/find.js";
import { prune as pruneNetworks, type PrunedNetworks } from "../networks/prune.js";
import { prune as pruneVolumes, type PrunedVolumes } from "../volumes/prune.js";

export interface PruneSystemOptions extends PruneFilter {
  /** Also removes tagged images that no box or pool uses, and all templates of VMs that no pool uses. */
  all?: boolean | undefined;
  /** Also removes anonymous volumes that no box uses. */
  volumes?: boolean | undefined;
}

/** The removed objects of one kind. */
export type PrunedPart =
  | ({ kind: "boxes" } & Pruned)
  | ({ kind: "networks"; bytes: 0 } & PrunedNetworks)
  | ({ kind: "volumes" } & PrunedVolumes)
  | ({ kind: "images" } & PrunedImages)
  | ({ kind: "templates" } & PrunedTemplates)
  | ({ kind: "pools" } & PrunedPools);

/** The removed templates of VMs. */
export interface PrunedTemplates {
  ids: string[];
  bytes: number;
}

/**
 * Removes templates of VMs: those that can no longer be used, or all of them except those of running pools. They are made
 * again when needed.
 */
async function pruneTemplates(home: Home, all: boolean, signal?: AbortSignal): Promise<PrunedTemplates> {
  const folder = templatesFolder(home);
  const lock = makingLock(folder);
  const isMaking = (await isNamed(lock)) && (await heldLocks(home, [lock])).size > 0;
  const needed = await Promise.all((await storedPools(home)).map((pool) => neededBy(home, pool)));
  const kept = new Set(needed.flatMap(({ template }) => template ?? []));
  const pruned = all ? (await listTemplates(folder)).filter((each) => !kept.has(each.folder)) : [];
  const bytes = await measureFolders(
    pruned.map((each) => each.folder),
    signal,
  );
  // The files of one that is being made look like those that others have left.
  if (isMaking) await Promise.all(pruned.map((each) => removeTemplate(each.folder)));
  else await sweepTemplates(folder, all ? 0 : MOST_TEMPLATES, kept);
  if (all) await forgetFailures(folder);
  return { ids: pruned.map(({ key }) => key), bytes };
}

/** Whether a filter selects everything without labels, such as pools and templates. */
const isUnfiltered = ({ until, fits }: PruneFilter) => until === undefined && fits({});

/** Removes what commands that were killed have left behind, wherever only the next command of the same kind would do so. */
async function sweepFolders({ home, images }: Context, volumes: boolean): Promise<void> {
  const { store } = await images();
  await Promise.all([
    ...[home.folder, templatesFolder(home), plansFolder(home)].map(sweepTemporaries),
    sweepPools(home),
    // Those of volumes are a part of their pruning.
    volumes ? undefined : sweepVolumes(home),
    sweepWorkspaces(store),
    sweepLeases(leasesFolder(store)),
  ]);
}

/**
 * Removes boxes that are not running, pools whose keeper was killed, and then unused networks, volumes and images. An
 * unreadable box may use any image or volume, so while one exists, images and volumes are kept, with a warning.
 * @returns an iterable of the result for each kind
 */
export async function* prune(
  context: Context,
  { all = false, volumes = false, ...filter }: PruneSystemOptions = ALL,
  options: PruneOptions = {},
): AsyncGenerator<PrunedPart, void, undefined> {
  await sweepFolders(context, volumes);
  yield { kind: "boxes", ...(await pruneBoxes(context, filter, options)) };
  const pools = isUnfiltered(filter) ? await prunePools(context, options.signal) : { names: [], bytes: 0 };
  if (pools.names.length > 0) yield { kind: "pools", ...pools };
  yield { kind: "networks", bytes: 0, ...(await pruneNetworks(context, filter, options)) };
  const { boxes, unreadable } = await surveyBoxes(context.home);
  await Promise.all(boxes.map(({ folder }) => sweepStagedFiles(folder)));
  if (unreadable.length > 0) {
    context.warn("images and volumes were not pruned, because an unreadable box may use them");
    return;
  }
  if (volumes) yield { kind: "volumes", ...(await pruneVolumes(context, filter, options)) };
  await sweepUncached(context.home);
  yield { kind: "images", ...(await pruneImages(context, { ...filter, all }, options)) };
  const templates = await pruneTemplates(context.home, all && isUnfiltered(filter), options.signal);
  if (templates.ids.length > 0) yield { kind: "templates", ...templates };
}
