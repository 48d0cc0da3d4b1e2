#!/usr/bin/env bash
# Releases an image: logs in with a token from the job's secrets, pushes all tags, and checks what was published.
set -euo pipefail

: "${REGISTRY:?}" "${REGISTRY_USER:?}" "${REGISTRY_PASSWORD:?}"
VERSION=1.4.2
IMAGE=$REGISTRY/acme/tool
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
cleanup() {
  docker logout "$REGISTRY" >/dev/null 2>&1 || true
  docker images --digests --format '{{.Repository}}{{if eq .Tag "<none>"}}@{{.Digest}}{{else}}:{{.Tag}}{{end}}' "$IMAGE" |
    xargs -r docker rmi -f >/dev/null
  rm -rf "$DOCKER_CONFIG"
}
trap cleanup EXIT

docker pull -q busybox:latest >/dev/null 2>&1 || docker image inspect busybox:latest >/dev/null
docker tag busybox:latest "$IMAGE:$VERSION"

if docker push "$IMAGE:$VERSION" >denied.txt 2>&1; then
  echo "pushed without a login" >&2
  exit 1
fi
if echo wrong | docker login -u "$REGISTRY_USER" --password-stdin "$REGISTRY" >wrong.txt 2>&1; then
  echo "logged in with a wrong password" >&2
  exit 1
fi
echo "$REGISTRY_PASSWORD" | docker login --username "$REGISTRY_USER" --password-stdin "$REGISTRY" 2>/dev/null |
  grep -x 'Login Succeeded'

for tag in "$VERSION" "${VERSION%.*}" "${VERSION%%.*}" latest; do
  docker tag "$IMAGE:$VERSION" "$IMAGE:$tag"
  docker push "$IMAGE:$tag" | tee push.log
  grep -q "^$tag: digest: sha256:[0-9a-f]\{64\} size: [0-9]*$" push.log
done
digest=$(grep -o 'sha256:[0-9a-f]*' push.log | head -n 1)
[ "$(docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$IMAGE:$VERSION" | grep -cx "$IMAGE@$digest")" -eq 1 ]
curl -fsS -u "$REGISTRY_USER:$REGISTRY_PASSWORD" "http://$REGISTRY/v2/acme/tool/tags/list" | grep '"1.4"'

# Everything that users can pull.
docker images -q "$IMAGE" | sort -u | wc -l | grep -x 1
docker rmi "$IMAGE:$VERSION" "$IMAGE:1.4" "$IMAGE:1" "$IMAGE:latest" >/dev/null
docker pull "$IMAGE@$digest" | grep -x "Digest: $digest"
docker run --rm "$IMAGE@$digest" echo works | grep -x works
docker rmi "$IMAGE@$digest" >/dev/null
docker pull -q "$IMAGE:1.4" | grep -x "$IMAGE:1.4"
docker logout "$REGISTRY" | grep 'Removing login credentials'
if docker push -q "$IMAGE:1.4" >/dev/null 2>&1; then exit 1; fi
