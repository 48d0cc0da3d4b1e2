#!/usr/bin/env bash
# Hands an image from one job to the next as a compressed archive.
set -euo pipefail

TAG=${CI_COMMIT_SHORT_SHA:-$(printf %07x $$)}
IMAGE=acme/app:$TAG
cleanup() {
  for image in "$IMAGE" "acme/app:candidate-$TAG"; do
    if docker image inspect "$image" >/dev/null 2>&1; then docker rmi -f "$image" >/dev/null; fi
  done
}
trap cleanup EXIT

# Job 1: makes the image and saves it.
base=$(docker create busybox)
echo "release $TAG" >release
docker cp release "$base":/etc/release
docker commit --change 'CMD ["cat", "/etc/release"]' --change "LABEL org.opencontainers.image.revision=$TAG" \
  --author ci@example.com "$base" "$IMAGE" >/dev/null
docker rm "$base" >/dev/null
id=$(docker image inspect --format '{{.Id}}' "$IMAGE")
case $id in sha256:*) ;; *) exit 1 ;; esac
docker tag "$IMAGE" "acme/app:candidate-$TAG"
docker save "$IMAGE" "acme/app:candidate-$TAG" | gzip -1 >image.tar.gz
docker save -o plain.tar "$IMAGE"
tar -tf plain.tar | grep -x manifest.json

docker rmi "$IMAGE" "acme/app:candidate-$TAG" | grep "^Untagged: $IMAGE$"
[ -z "$(docker images -q "$IMAGE")" ]
if docker run --rm --pull never "$IMAGE" 2>absent.txt; then exit 1; fi
grep -q 'No such image' absent.txt

# Job 2: loads and tests it.
docker load -i image.tar.gz | tee loaded.txt
grep -qx "Loaded image: $IMAGE" loaded.txt
[ "$(docker image inspect --format '{{.Id}}' "$IMAGE")" = "$id" ]
[ "$(docker images -q --no-trunc acme/app | sort -u)" = "$id" ]
[ "$(docker images acme/app --format '{{.Repository}}:{{.Tag}}' | wc -l)" -eq 2 ]
[ "$(docker inspect -f '{{index .Config.Labels "org.opencontainers.image.revision"}}' "$IMAGE")" = "$TAG" ]
[ "$(docker run --rm "$IMAGE")" = "release $TAG" ]
[ "$(docker run --rm "$IMAGE" cat /etc/release | wc -l)" -eq 1 ]
[ "$(docker history -q "$IMAGE" | wc -l)" -ge 2 ]
docker load -q <plain.tar | grep -x "Loaded image: $IMAGE"
