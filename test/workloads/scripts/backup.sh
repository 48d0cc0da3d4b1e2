#!/usr/bin/env bash
# Borg: an encrypted backup of another box's volumes into a folder of the host, and a restore
# packages: borgbackup
. "$LIB"

mkdir repository
docker run --name app -v /data "$IMAGE" sh -c '
  cd /data && mkdir a && head -c 1000000 /dev/urandom >a/random && cp a/random a/copy && ln -s a/random link &&
  truncate -s 10M sparse && touch -d "2001-02-03 04:05:06 UTC" a/old && chown 1234:5678 a/old && chmod 4711 a/old'
borg() {
  docker run --rm --name borg -h backup --volumes-from app:ro -v restored:/restored -v "$PWD/repository:/repository" \
    -e BORG_PASSPHRASE=secret -e BORG_REPO=/repository "$IMAGE" sh -euc "$1"
}
borg 'borg init -e repokey && cd /data && borg create ::first .' 2>/dev/null
# Equal files are stored once.
[ "$(du -sm repository | cut -f1)" -le 2 ] || fail "the repository takes $(du -sm repository)"
borg 'cd /restored && borg extract --sparse ::first && borg check --verify-data'
docker run -d --name check --volumes-from app:ro -v restored:/restored:ro "$IMAGE" sleep infinity >/dev/null
docker exec check diff -r /data /restored
same '981173106 1234 5678 4711' "$(docker exec check stat -c '%Y %u %g %a' /restored/a/old)"
same a/random "$(docker exec check readlink /restored/link)"
measure check
