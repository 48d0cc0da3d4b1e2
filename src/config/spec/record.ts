import { BoxError, naming } from "../../errors.js";
import type { BoxOptions } from "../box-options.js";
import { parseGroup, parseUser } from "../syntax/account.js";
import { parseAddHost, type ExtraHost } from "../syntax/add-host.js";
import { parseBoxPath } from "../syntax/box-path.js";
import { parseDevice, type Device } from "../syntax/device.js";
import { parseExposed } from "../syntax/expose.js";
import { parseHostname } from "../syntax/hostname.js";
import { parseLabel } from "../syntax/label.js";
import type { Rotation } from "../syntax/log-opt.js";
import { quote } from "../syntax/quote.js";
import type { RestartPolicy } from "../syntax/restart.js";
import { parseSignal } from "../syntax/signal.js";
import { parseSysctl } from "../syntax/sysctl.js";
import { parseVolumesFrom, type VolumesFrom } from "../syntax/volumes-from.js";
import { restartOf, rotationOf } from "./lasting.js";
import { checkWords } from "./strings.js";

type Text =
  | "addHost"
  | "devices"
  | "stopSignal"
  | "restart"
  | "logOpt"
  | "volumesFrom"
  | "networks"
  | "networkAlias"
  | "ip"
  | "link";

/** Options kept in a box's record, parsed. */
export interface RecordSpec extends Omit<BoxOptions, Text> {
  addHost: ExtraHost[];
  devices: Device[];
  volumesFrom: VolumesFrom[];
  /** Signal number; null: from the image. */
  stopSignal: number | null;
  restart: RestartPolicy;
  /** Parsed from `logOpt`. */
  rotation: Rotation;
}

type Pair = readonly [name: string, value: string];

/** Parses pairs in a flag's notation, in which a name cannot contain an equals sign. */
function pairsBy(parse: (text: string) => [string, string], pairs: readonly Pair[]): [string, string][] {
  return pairs.map(([name, value]) => {
    const parsed = parse(`${name}=${value}`);
    if (parsed[0] === name) return parsed;
    throw new BoxError("invalid-config", `${quote(name)} is not a valid name`);
  });
}

const field = <T>(name: string, parse: () => T): T => naming(`record.${name}`, parse);

function parseIf<T>(text: string | null, parse: (text: string) => T): T | null {
  return text === null ? null : parse(text);
}

function parseWorkdir(text: string): string {
  return parseBoxPath(text, (reason) => new BoxError("invalid-workdir", `${quote(text)} ${reason}`));
}

/** Checks a health check in the notation of the image specification; empty means none. */
function checkHealth(words: readonly string[]): void {
  checkWords(words);
  const [kind] = words;
  if (kind === undefined || kind === "NONE" || (["CMD", "CMD-SHELL"].includes(kind) && words.length > 1))
    return;
  throw new BoxError(
    "invalid-health",
    `${quote(words.join(" "))} is not CMD or CMD-SHELL followed by a command`,
    {
      hint: 'for example ["CMD-SHELL", "wget http://127.0.0.1/"]',
    },
  );
}

/** @throws BoxError from the parser that rejects a value, with the field as its subject */
export function toRecordSpec(options: BoxOptions): RecordSpec {
  const { logOpt, ...others } = options;
  const { labels, sysctls, health, user, groupAdd, workdir, hostname, domainname, stopSignal } = others;
  if (options.logDriver === "none" && logOpt.length > 0) {
    throw new BoxError("invalid-log-opt", "invalid logging opts for driver none", {
      subject: "record.logOpt",
    });
  }
  field("health.cmd", () => checkHealth(health.cmd ?? []));
  return {
    ...others,
    labels: field("labels", () => Object.fromEntries(pairsBy(parseLabel, Object.entries(labels)))),
    user: field("user", () => parseIf(user, parseUser)),
    groupAdd: field("groupAdd", () => groupAdd.map(parseGroup)),
    workdir: field("workdir", () => parseIf(workdir, parseWorkdir)),
    hostname: field("hostname", () => parseIf(hostname, parseHostname)),
    domainname: field("domainname", () => parseIf(domainname, parseHostname)),
    expose: field("expose", () => options.expose.flatMap(parseExposed)),
    addHost: field("addHost", () => options.addHost.map(parseAddHost)),
    volumesFrom: field("volumesFrom", () => options.volumesFrom.map(parseVolumesFrom)),
    devices: field("devices", () => options.devices.map(parseDevice)),
    sysctls: field("sysctls", () => pairsBy(parseSysctl, sysctls)),
    stopSignal: field("stopSignal", () => parseIf(stopSignal, parseSignal)),
    restart: restartOf(options),
    rotation: rotationOf({ logOpt }),
  };
}
