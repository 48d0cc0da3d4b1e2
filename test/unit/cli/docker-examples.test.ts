import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../../src/cli/exit-code.js";
import { resolveWords } from "./resolve.js";

/** Command lines from Docker's reference for `docker run`, without those whose flags box does not support. */
const ACCEPTED = [
  "-p 8000-9000:80 nginx",
  "--name test -d nginx:alpine",
  "--name test -it debian",
  "--cidfile /tmp/docker_test.cid ubuntu echo test",
  "-t -i --rm ubuntu bash",
  "-t -i --privileged ubuntu bash",
  "-w /path/to/dir/ ubuntu pwd",
  "-it --storage-opt size=120G fedora /bin/bash",
  "-d --tmpfs /run:rw,noexec,nosuid,size=65536k my_image",
  "-v ./content:/content ubuntu pwd",
  "-v /doesnt/exist:/foo -w /foo -i -t ubuntu bash",
  "--read-only -v /icanwrite busybox touch /icanwrite/here",
  "-t -i -v /var/run/docker.sock:/var/run/docker.sock -v /path/to/static-docker-binary:/usr/bin/docker busybox sh",
  "--read-only --mount type=volume,target=/icanwrite busybox touch /icanwrite/here",
  "-t -i --mount type=bind,src=/data,dst=/data busybox sh",
  "-p 127.0.0.1:80:8080/tcp nginx:alpine",
  "-p 127.0.0.1:80:8080 nginx:alpine",
  "-P nginx:alpine",
  "-e MYVAR1 --env MYVAR2=foo ubuntu bash",
  "-l my-label --env foo=bar ubuntu bash",
  "--network none busybox",
  "--network=my-net -itd busybox",
  "--network=my-net --ip=10.10.9.75 busybox",
  "--network=name=my-net,ip=10.10.9.75,alias=db busybox",
  "--network=my-net1 --network=my-net2 busybox",
  "--net=my-net --net-alias=db --link=other:alias busybox",
  "-it --device=/dev/sdc:/dev/xvdc ubuntu fdisk /dev/xvdc",
  "--device=/dev/sda:/dev/xvdc:r --rm -it ubuntu fdisk /dev/xvdc",
  "--device=/dev/sda:/dev/xvdc:rw --rm -it ubuntu fdisk /dev/xvdc",
  "--device=/dev/sda:/dev/xvdc:m --rm -it ubuntu fdisk /dev/xvdc",
  "--restart=always redis",
  "--restart on-failure:10 redis",
  "--add-host=my-hostname=8.8.8.8 --add-host=my-hostname-v6=[2001:db8::33] --rm -it alpine",
  "--add-host host.docker.internal=host-gateway ubuntu",
  "--add-host=docker:10.180.0.1 --rm -it debian",
  "--ulimit nofile=1024:1024 --rm debian sh -c ulimit",
  "-d -u daemon --ulimit nproc=3 busybox top",
  "--stop-signal=SIGKILL --stop-timeout 5 nginx",
  "-it -m 300M ubuntu:24.04 /bin/bash",
  "-it -m 300M --memory-swap -1 ubuntu:24.04 /bin/bash",
  "-it -m 300M --memory-swap 1G ubuntu:24.04 /bin/bash",
  "-it -m 500M --memory-reservation 200M ubuntu:24.04 /bin/bash",
  "-it --cpu-period=50000 --cpu-quota=25000 ubuntu:24.04 /bin/bash",
  "-it --cpuset-cpus=1,3 ubuntu:24.04 /bin/bash",
  "-it --cpuset-cpus=0-2 ubuntu:24.04 /bin/bash",
  "--cpus 1.5 ubuntu",
  "--sysctl net.ipv4.ip_forward=1 someimage",
  "--cap-add=SYS_ADMIN --cap-drop=MKNOD --security-opt seccomp=unconfined debian",
  "--security-opt label=disable -it ubuntu bash",
  "--security-opt no-new-privileges -it ubuntu bash",
  "--security-opt apparmor=unconfined debian",
  "--entrypoint /bin/bash example/redis",
  "-it --user 1000:100 --group-add audio busybox id",
  "--health-cmd=stat_/etc/passwd --health-interval=2s --health-retries=1 -d busybox sleep 1d",
  "--log-opt max-size=10m --log-opt max-file=3 alpine",
  "--dns=10.0.0.2 --dns-search example.com --dns-option ndots:2 busybox",
  "--init --shm-size=256m --hostname web --pids-limit 200 busybox",
  "--pull always --platform linux --quiet busybox",
];

/** Command lines that Docker accepts and box does not, as described in docs/differences.md. */
const REFUSED: [string, string][] = [
  ["--security-opt label=level:s0:c100,c200 fedora", "requires SELinux"],
  ["-v /a:/b:rshared busybox", "are not propagated"],
  ["--mount type=bind,src=/a,dst=/b,bind-propagation=rslave busybox", "are not propagated"],
  ["--platform windows/amd64 busybox", "is not a Linux platform"],
  ["--dns 127.0.0.53 busybox", "loopback"],
];

describe("an example of Docker's reference", () => {
  it.each(ACCEPTED)("is accepted: %s", async (line) => {
    const { config } = await resolveWords(line.split(" "));
    expect(config.image).not.toBe("");
  });

  it.each(REFUSED)("is refused with an explanation: %s", async (line, reason) => {
    const error: unknown = await resolveWords(line.split(" ")).catch((e: unknown) => e);
    expect(exitCodeOf(error, "run")).toBe(125);
    const { message, hint = "" } = error as { message: string; hint?: string };
    expect(`${message} ${hint}`).toContain(reason);
  });
});
