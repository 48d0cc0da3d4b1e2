#!/bin/sh
# Runs a Docker engine until stdin ends, in PID, mount and network namespaces of its own: when the first process in them
# exits, all others are killed, everything is unmounted and the interfaces are removed. Then removes its files and
# cgroups.
#
#   engine.sh PROGRAMS FOLDER    programs of docker.io, containerd and runc; an empty folder for everything it writes
set -eu
programs=$1 folder=$2 group=box-diff-$$

# The runner closes stdin, however it ends; Ctrl-C is meant for the runner.
trap '' INT TERM HUP
exec 3<&0

# shellcheck disable=SC2016
setpriv --pdeathsig KILL unshare --pid --net --mount --fork --kill-child sh -euc '
  programs=$1 folder=$2 group=$3
  read -r pid _ </proc/self/stat
  echo "$pid" >"$folder/pid"
  mount -t proc proc /proc
  mount -t tmpfs tmpfs /run
  # The engine writes a key there.
  mkdir /run/etc /run/etc/upper /run/etc/work
  mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work /etc
  ip link set lo up
  # Ports are published on IPv4 only, as for a box.
  echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
  PATH=$programs:$PATH dockerd --config-file "$folder/daemon.json" \
    --data-root "$folder/data" --exec-root /run/docker --pidfile "$folder/dockerd.pid" \
    --host "unix://$folder/docker.sock" --cgroup-parent "/$group" --iptables=false --ip-masq=false --default-cgroupns-mode private \
    >"$folder/log" 2>&1 &
  engine=$!
  { cat <&3 >/dev/null; kill -KILL $engine; } &
  wait $engine 2>/dev/null
' sh "$programs" "$folder" "$group" || [ -e "$folder/docker.sock" ] || tail -n 5 "$folder/log" >&2

rm -rf -- "$folder"
find /sys/fs/cgroup -depth -type d -path "*/$group*" -exec rmdir {} + 2>/dev/null || true
