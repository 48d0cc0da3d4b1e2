What is said about the whole: info, version, disk usage, prune, contexts, global flags, configuration.

# case: version
quiet docker --version >out
note cut -d ' ' -f 1,2 out
quiet docker -v >out
note cut -d ' ' -f 1,2 out
quiet docker --version >out && note grep -cE '[0-9]+\.[0-9]+\.[0-9]+' out

# case: version-formats
docker version --format '{{.Client.Version}}'
docker version -f '{{.Server.Version}}'
docker version --format '{{.Client.Os}}/{{.Client.Arch}} {{.Server.Os}}/{{.Server.Arch}}'
docker version --format '{{.Nosuch}}'
quiet docker version -f json >out
note sh -c 'grep -o "\"Client\":{" out; grep -o "\"Server\":{" out'

# case: version-text
quiet docker version >out
note sh -c 'grep -o "^Client:" out; grep -o "^Server:" out; grep -o "OS/Arch: *linux/amd64" out'

# case: info
quiet docker info >out
note grep -E '^ *(Containers|Running|Paused|Stopped|Images): ' out
note grep -oE '^ *(Server Version|Storage Driver|Logging Driver|Kernel Version|Operating System|OSType|Architecture|CPUs|Total Memory|Name|ID|Docker Root Dir):' out

# case: info-formats
docker create busybox
docker info -f '{{.Containers}} {{.ContainersRunning}} {{.ContainersPaused}} {{.ContainersStopped}} {{.Images}}'
docker info --format '{{.OSType}} {{.Architecture}}'
docker info --format '{{.ServerVersion}}'
docker info -f '{{.Driver}} {{.LoggingDriver}} {{.CgroupDriver}}'
docker info -f '{{.Nosuch}}'
docker system info -f '{{.Containers}}'

# case: info-runtime
# differs: inspect
docker info -f '{{.DefaultRuntime}}'

# case: info-fails-without-output-for-scripts
quiet docker info >/dev/null 2>&1 && note echo up

# case: df
docker system df
quiet docker rmi tool web:2.0 web:latest example/db:14
docker create --name one -v data:/data busybox
docker system df
docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}'
docker system df --format json
docker system df --format 'table {{.Type}}\t{{.TotalCount}}'

# case: df-verbose
docker create --name one -v data:/data busybox
sorted docker system df -v
docker system df -v --format '{{range .Containers}}{{.Names}} {{.LocalVolumes}} {{.Size}}{{end}}{{range .Volumes}} {{.Name}} {{.Links}} {{.Size}}{{end}}'
docker system df -v --format '{{range .Images}}{{if eq .Repository "tool"}}{{.Tag}} {{.Containers}} {{.UniqueSize}}{{end}}{{end}} {{.Nosuch}}'
docker system df -v --format '{{json .BuildCache}} {{len .Images}}'

# case: prune
docker create --name one busybox
docker volume create data
docker system prune -f
docker ps -aq
docker volume ls -q
docker images -q busybox:latest

# case: prune-all
docker create --name one busybox
docker create --name user -v /anonymous busybox
docker rm user
quiet docker system prune -f --volumes >out
note sh -c 'grep -c "^Deleted Volumes:" out; grep -c "^Deleted Containers:" out; grep -o "^Total reclaimed space:" out'
docker volume ls -q
quiet docker system prune -af >out
note sh -c 'grep -o "^Deleted Images:" out; tail -n 1 out | grep -o "^Total reclaimed space:"'
docker images -q

# case: prune-filters
docker create --name one -l keep=1 busybox
docker system prune -f --filter label!=keep
docker system prune -f --filter until=1h
docker system prune -f --filter nosuch=1
docker ps -a --format '{{.Names}}'

# case: prune-asks
docker create --name one busybox
echo n | docker system prune
echo n | docker system prune -a --volumes
docker ps -a --format '{{.Names}}'

# case: nothing-to-prune
docker system prune -f
docker container prune -f
docker volume prune -f

# case: builder-prune
docker builder prune -f
docker builder prune -af

# case: contexts
docker context ls --format '{{.Name}} {{.Current}}'
docker context show
docker context use default
docker context inspect -f '{{.Name}}'
docker context use nosuch

# case: global-flags-before-the-command
docker --log-level error ps -q
docker -l error ps -q
docker -D ps -q
docker --debug=false ps -q
docker --log-level nosuch ps

# case: config-folder
mkdir config
docker --config config ps -q
docker --config=nosuch ps -q
DOCKER_CONFIG=config docker ps -q

# case: context-flag
docker --context default ps -q
docker -c default ps -q
docker --context nosuch ps -q

# case: host-flag
docker -H nosuch://x ps
docker ps -H x

# case: docker-content-trust
DOCKER_CONTENT_TRUST=0 docker ps -q

# case: help
quiet docker --help >out; note echo $?
note test -s out
quiet docker help >out; note echo $?
note test -s out
quiet docker run --help >out; note echo $?
note test -s out
quiet docker help run >out; note echo $?
note test -s out
quiet docker container --help >out; note echo $?
note test -s out
quiet docker container rm --help >out; note echo $?
note test -s out
docker help nosuch >out

# case: groups-alone
docker container >out
docker image >out
docker volume >out
docker system >out
docker >out

# case: container-group
docker container create --name one busybox true
docker container ls -aq
docker container inspect -f '{{.Name}}' one
docker container rename one two
docker container rm two
docker container ls -a -q

# case: image-group
docker image ls -q tool
docker image inspect -f '{{.Os}}' tool
docker image tag tool mine
docker image rm mine
docker image ls -q mine

# case: networks
# differs: other-commands
docker network ls --format '{{.Name}}'
docker network inspect -f '{{.Name}} {{.Driver}} {{.Scope}}' bridge none
docker network ls -q -f name=bridge
docker network inspect nosuch
docker network prune -f
docker network >out

# case: events-of-the-past
sleep 1
since=$(date +%s)
docker create --name one busybox
docker rename one two
docker rm two
docker volume create data
docker volume rm data
docker tag busybox mine
docker rmi mine
sleep 1
docker events --since $since --until 0s --format '{{.Type}} {{.Action}}'
docker events --since $since --until 0s --filter type=volume --format '{{.Type}} {{.Action}} {{.Actor.ID}}'
docker events --since $since --until 0s --filter event=create --format '{{.Actor.Attributes.name}}'
docker events --since $since --until 0s --filter container=one --format '{{.Action}}'
docker events --since $since --until 0s --filter image=busybox --format '{{.Type}} {{.Action}}'

# case: events-as-json-and-text
sleep 1
since=$(date +%s)
docker volume create data
docker create --name one -l a=1 busybox
sleep 1
docker events --since $since --until 0s
docker events --since $since --until 0s --format json
docker events --since $since --until 0s --format '{{json .}}'
docker events --since $since --until 0s --filter label=a=1 --format '{{.Action}}'

# case: events-with-wrong-flags
docker events --since x --until 0s
docker events --since 10s --until x
docker events --filter nosuch --until 0s
docker events --filter nosuch=1 --since 0s --until 0s
docker events --format '{{.Nosuch' --since 0s --until 0s
docker events --since 0s --until 0s --filter event=nosuch
