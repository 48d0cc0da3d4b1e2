import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import type { GuestOwner } from "../../../../src/vm/monitor/guest-link.js";
import { boxVm, type Vm } from "../../../../src/vm/monitor/vm.js";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts a process that plays a VMM. */
function vmm(word: string): Vm & { ended: Promise<unknown[]>; owners: GuestOwner[] } {
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  children.push(child);
  const ended = once(child, "exit");
  const closed = ended.then(() => undefined);
  const owners: GuestOwner[] = [];
  return {
    ...{ pid: child.pid ?? 0, ended, owners },
    link: {
      agent: () => {
        throw new Error(word);
      },
      greeted: Promise.resolve(true),
      ping: () => Promise.resolve(),
      take: (owner) => void owners.push(owner),
      closed,
    },
    console: { lastWords: () => ({ vmm: [], console: [word] }), ended: closed, save: () => undefined },
  };
}

const owner: GuestOwner = { onFrames: () => undefined, onViolation: () => undefined };

describe("the VM of a box", () => {
  it("is the first one if its guest answers", async () => {
    const first = vmm("first");
    const failure = Promise.resolve(undefined);
    const vm = boxVm(first, { failure, boot: () => Promise.reject(new Error("not needed")) });
    vm.link.take(owner);
    expect(await vm.link.greeted).toBe(true);
    expect([vm.pid(), first.owners]).toEqual([first.pid, [owner]]);
    vm.end();
    await vm.console.ended;
  });

  it("is another one if it does not, once the first has ended", async () => {
    const [first, second] = [vmm("first"), vmm("second")];
    const asked: unknown[] = [];
    const vm = boxVm(first, {
      failure: Promise.resolve("it is silent"),
      boot: async (reason) => {
        asked.push(reason, await Promise.race([first.ended, Promise.resolve("still there")]));
        return second;
      },
    });
    vm.link.take(owner);
    expect(await vm.link.greeted).toBe(true);
    expect(asked).toEqual(["it is silent", [null, "SIGKILL"]]);
    expect([vm.pid(), first.owners, second.owners]).toEqual([second.pid, [], [owner]]);
    expect(vm.console.lastWords().console).toEqual(["second"]);
    expect(vm.link.agent).toThrow("second");
    vm.end();
    await Promise.all([vm.console.ended, vm.link.closed]);
  });

  it("is not booted any more when the box has ended meanwhile", async () => {
    const first = vmm("first");
    let fail: (reason: string) => void = () => undefined;
    const failure = new Promise<string>((resolve) => (fail = resolve));
    const vm = boxVm(first, { failure, boot: () => Promise.reject(new Error("booted")) });
    vm.end();
    fail("the VM has ended");
    await vm.console.ended;
    expect(vm.pid()).toBe(first.pid);
  });

  it("ends with the first one if it cannot be booted", async () => {
    const first = vmm("first");
    const vm = boxVm(first, {
      failure: Promise.resolve("it is silent"),
      boot: () => Promise.reject(new Error("no memory")),
    });
    await Promise.all([vm.console.ended, vm.link.closed]);
    expect(vm.console.lastWords().console).toEqual(["first"]);
  });
});
