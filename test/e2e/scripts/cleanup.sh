#!/bin/sh
# A job on a shared runner: removes what an earlier job left behind, and leaves nothing itself, even when it fails.
set -eu

name=ci-app
volume=ci-app-data

remove_container() {
  docker ps -a -q -f name=^/"$1"$ | xargs -r docker rm -f -v >/dev/null
}

if [ "${1:-}" = job ]; then
  trap 'remove_container $name; docker volume rm -f $volume >/dev/null; docker rmi -f $name:test >/dev/null 2>&1 || :' EXIT
  docker volume create --label ci=yes $volume >/dev/null
  docker run -d --name $name -v $volume:/data busybox sh -c 'echo started >/data/state; exec sleep 600' >/dev/null

  # The name and the volume are in use now.
  if docker create --name $name busybox true 2>conflict.txt; then exit 2; fi
  grep -q 'is already in use by container' conflict.txt
  if docker volume rm $volume 2>in-use.txt; then exit 2; fi
  grep -q 'volume is in use' in-use.txt

  until docker exec $name test -s /data/state; do sleep 0.2; done
  docker commit -m "state of $name" $name $name:test >/dev/null
  docker exec $name "$2"
  exit
fi

# Left behind by a job that was killed. The name of the second one only begins with ours.
docker create --name $name busybox true >/dev/null
docker create --name $name-2 busybox true >/dev/null
remove_container $name
if docker inspect $name >/dev/null 2>&1; then
  echo "$name is still there" >&2
  exit 1
fi
docker inspect --type container --format '{{.Name}}' $name-2 | grep -qx "/$name-2"
docker rm $name-2 >/dev/null

"$0" job true
code=0
"$0" job false || code=$?
[ "$code" -eq 1 ] || { echo "expected 1, got $code" >&2; exit 1; }

[ -z "$(docker ps -aq -f name=^/$name$)" ]
[ -z "$(docker volume ls -q -f name=$volume)" ]
[ -z "$(docker images -q $name:test)" ]
docker rm -f $name >/dev/null 2>&1 || true
docker container prune -f >/dev/null
docker image prune -f | tail -n 1 | grep -q '^Total reclaimed space: '
docker system df | grep -q '^Images '
