import type { BoxSpec } from "../../config/spec.js";
import { formatCpuset } from "../../config/syntax/cpuset.js";
import { bool, int, keyed, list, nilPointer, pointer, sentOnly, struct, type Plain } from "../go/make.js";
import { INT64, pointerTo, sliceOf, STRING, structType, UINT16, UINT64 } from "../go/type.js";
import type { Value } from "../go/value.js";

const DEVICE = structType("container.DeviceMapping");
const REQUEST = structType("container.DeviceRequest");
const WEIGHT = pointerTo(structType("blkiodev.WeightDevice"));
const THROTTLE = pointerTo(structType("blkiodev.ThrottleDevice"));
const ULIMIT = structType("units.Ulimit");
/** A period of CPU time that was not asked for. */
const DEFAULT_PERIOD = 100_000;

const none = (type: typeof WEIGHT): Plain => list(type, [], sliceOf(type));

/** Docker's `container.Resources`. Memory and CPUs are those of the VM, which always has some. */
export function resources({ resources: vm, resourceLimits: limits, record }: BoxSpec): Value {
  const { cpuShares, cpuQuota, cpuPeriod, cpusetCpus, memoryReservation, memorySwap, pidsLimit } = limits;
  const period = cpuPeriod === DEFAULT_PERIOD ? 0 : cpuPeriod;
  return struct("container.Resources", {
    CPUShares: keyed("CpuShares", int(cpuShares ?? 0, INT64)),
    Memory: int(vm.memoryMb * 2 ** 20, INT64),
    NanoCPUs: keyed("NanoCpus", int((record.cpus ?? vm.vcpus) * 1e9, INT64)),
    CgroupParent: "",
    BlkioWeight: int(0, UINT16),
    BlkioWeightDevice: none(WEIGHT),
    BlkioDeviceReadBps: none(THROTTLE),
    BlkioDeviceWriteBps: none(THROTTLE),
    BlkioDeviceReadIOps: none(THROTTLE),
    BlkioDeviceWriteIOps: none(THROTTLE),
    CPUPeriod: keyed("CpuPeriod", int(period, INT64)),
    CPUQuota: keyed("CpuQuota", int(cpuQuota ?? 0, INT64)),
    CPURealtimePeriod: keyed("CpuRealtimePeriod", int(0, INT64)),
    CPURealtimeRuntime: keyed("CpuRealtimeRuntime", int(0, INT64)),
    CpusetCpus: cpusetCpus === null ? "" : formatCpuset(cpusetCpus),
    CpusetMems: "",
    Devices: list(
      DEVICE,
      record.devices.map(({ source, target, permissions }) =>
        struct(DEVICE.name, { PathOnHost: source, PathInContainer: target, CgroupPermissions: permissions }),
      ),
    ),
    DeviceCgroupRules: list(STRING),
    DeviceRequests: list(REQUEST),
    KernelMemory: sentOnly(int(0, INT64)),
    KernelMemoryTCP: sentOnly(int(0, INT64)),
    MemoryReservation: int(memoryReservation ?? 0, INT64),
    MemorySwap: int(memorySwap ?? 0, INT64),
    MemorySwappiness: nilPointer("int64"),
    OomKillDisable: pointer(bool(false)),
    PidsLimit: pidsLimit === null || pidsLimit <= 0 ? nilPointer("int64") : pointer(int(pidsLimit, INT64)),
    Ulimits: list(
      pointerTo(ULIMIT),
      limits.ulimits.map(({ name, soft, hard }) =>
        pointer(struct(ULIMIT.name, { Name: name, Hard: int(hard, INT64), Soft: int(soft, INT64) })),
      ),
    ),
    CPUCount: keyed("CpuCount", int(0, INT64)),
    CPUPercent: keyed("CpuPercent", int(0, INT64)),
    IOMaximumIOps: int(0, UINT64),
    IOMaximumBandwidth: int(0, UINT64),
  });
}
