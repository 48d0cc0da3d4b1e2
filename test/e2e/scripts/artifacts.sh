#!/usr/bin/env bash
# Builds in a container without mounts, as on a remote engine: copies the sources in and the artifacts out.
set -euo pipefail

BUILD=build-$(date +%s)-$$
trap 'docker rm -f "$BUILD" >/dev/null 2>&1 || true' EXIT

mkdir -p src/lib
printf 'hello, %%s\n' >src/lib/template
cat >src/build.sh <<'SH'
#!/bin/sh
set -eu
cd "$(dirname "$0")"
mkdir -p /out/reports
name=$(cat name.txt)
# shellcheck disable=SC2059
printf "$(cat lib/template)\n" "$name" >/out/greeting.txt
(cd /out && sha256sum greeting.txt >SHA256SUMS)
echo '<testsuite tests="1" failures="0"/>' >/out/reports/junit.xml
ln -s greeting.txt /out/latest
echo "built for $name"
SH
chmod 755 src/build.sh
echo "continuous integration" >name.txt

docker create --name "$BUILD" -w /src busybox sh -c 'exec ./build.sh' >/dev/null
docker cp src "$BUILD":/
docker cp name.txt "$BUILD":/src/
docker start -a "$BUILD" | tee build.log
grep -qx 'built for continuous integration' build.log
[ "$(docker inspect -f '{{.State.ExitCode}}' "$BUILD")" -eq 0 ]

# The contents of a directory, a single file under another name, a stream.
mkdir artifacts && docker cp "$BUILD":/out/. artifacts/
docker cp "$BUILD":/out/reports/junit.xml ./TEST-ci.xml
docker cp "$BUILD":/out/SHA256SUMS - | tar -xOf - SHA256SUMS >sums.txt
(cd artifacts && sha256sum -c --quiet ../sums.txt)
[ "$(readlink artifacts/latest)" = greeting.txt ]
grep -q 'failures="0"' TEST-ci.xml
[ "$(cat artifacts/greeting.txt)" = "hello, continuous integration" ]

if docker cp "$BUILD":/out/missing . 2>missing.txt; then
  echo "copied what is not there" >&2
  exit 1
fi
grep -qi 'could not find the file\|no such' missing.txt
docker diff "$BUILD" | grep -x 'A /out'
docker rm "$BUILD" >/dev/null
