import { restartOf } from "../../config/spec/lasting.js";
import type { Box, BoxMount, InspectedBox } from "../../engine/boxes.js";
import { labelsOf } from "../../vm/box/labels.js";
import { asMap } from "../go/plain.js";
import { isRunning, statusOf } from "./rows.js";

/** Go's zero time, for boxes that never started or exited. */
const NEVER = "0001-01-01T00:00:00Z";

function describeHealth({ status, failingStreak, log }: NonNullable<Box["state"]["health"]>) {
  const results = log.map(({ start, end, exitCode, output }) => ({
    Start: start,
    End: end,
    ExitCode: exitCode,
    Output: output,
  }));
  return { Status: status, FailingStreak: failingStreak, Log: results };
}

function describeState({ state }: Box): Record<string, unknown> {
  const { status, paused = false, exitCode, error, startedAt, finishedAt, oomKilled } = state;
  return {
    Status: statusOf(state),
    Running: isRunning(state),
    Paused: paused,
    Restarting: status === "restarting",
    OOMKilled: oomKilled ?? false,
    Dead: false,
    ExitCode: exitCode ?? 0,
    Error: error ?? "",
    StartedAt: startedAt ?? NEVER,
    FinishedAt: finishedAt ?? NEVER,
    ...(state.health ? { Health: describeHealth(state.health) } : {}),
  };
}

function describeMount({ kind, name, source, target, readOnly }: BoxMount): Record<string, unknown> {
  const place = { Destination: target, Mode: "", RW: !readOnly };
  if (kind === "bind") return { Type: kind, Source: source, ...place };
  return { Type: kind, Name: name, Source: source, Driver: "local", ...place };
}

/** Ports of the box, each with its host ports. */
function describePorts({ record, state }: Box): Record<string, unknown> {
  const ports = asMap<unknown[]>({});
  for (const { address, hostPort, guestPort, protocol } of state.status === "running" ? record.ports : []) {
    const binding = { HostIp: address === "" ? "0.0.0.0" : address, HostPort: String(hostPort) };
    (ports[`${guestPort}/${protocol}`] ??= []).push(binding);
  }
  return ports;
}

/** A box in the format of `docker inspect` as far as concepts match, followed by its entire configuration. */
export function describeBox(box: InspectedBox): Record<string, unknown> {
  const { record, state, log, mounts } = box;
  const { config, options, process: workload, guest } = record;
  const [path = "", ...args] = workload.argv;
  const { policy, maxRetries } = restartOf(options);
  return {
    Id: record.id,
    Created: record.createdAt,
    Path: path,
    Args: args,
    State: describeState(box),
    Image: record.image.id,
    LogPath: log,
    Name: record.name,
    RestartCount: state.restartCount ?? 0,
    Driver: record.driver,
    Platform: "linux",
    Mounts: mounts.map(describeMount),
    Config: {
      Hostname: guest.hostname,
      User: workload.user,
      Tty: options.tty,
      OpenStdin: options.stdin,
      StdinOnce: options.stdin && options.stdinOnce,
      Env: workload.env,
      Cmd: config.cmd,
      Image: config.image,
      WorkingDir: workload.cwd,
      Entrypoint: config.entrypointOverride,
      Labels: asMap(labelsOf(record)),
      StopSignal: options.stopSignal ?? "",
    },
    HostConfig: {
      // A format of box's own (docs/on-disk.md), with the options and rotation of Docker's json-file.
      LogConfig: { Type: "box", Config: asMap(Object.fromEntries(options.logOpt)) },
      AutoRemove: options.autoRemove,
      RestartPolicy: { Name: policy, MaximumRetryCount: maxRetries },
      NetworkMode: config.network,
      Privileged: config.privileged,
      ReadonlyRootfs: config.readOnly,
      Memory: config.resources.memoryMb * 2 ** 20,
    },
    NetworkSettings: { IPAddress: state.address ?? "", Ports: describePorts(box) },
    BoxConfig: config,
  };
}
