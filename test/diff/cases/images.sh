Images on this machine: list, tag, remove, history, save and load, import, inspect.

# case: table
docker images
sorted docker images -a
docker images -q
docker images --no-trunc

# case: list-of-one-repository
docker images busybox
docker images busybox:latest
docker images web:2.0
docker images nosuch
docker images example/db
docker images 'example/*'
docker images 'bus*'
docker images busybox:nosuch

# case: ids-only
docker images -q busybox
docker images -q nosuch
docker images -q --no-trunc web

# case: every-field
docker images --format '{{.Repository}} {{.Tag}} {{.ID}} {{.Digest}} {{.CreatedSince}} {{.CreatedAt}} {{.Size}}' busybox
docker images --format '{{.Containers}} {{.SharedSize}} {{.UniqueSize}}' busybox

# case: formats
sorted docker images --format '{{.Repository}}:{{.Tag}}'
docker images --format 'table {{.Repository}}\t{{.Tag}}' busybox
docker images --format json busybox:latest
docker images --format '{{json .}}' busybox:latest
docker images --format '{{upper .Repository}}' busybox:latest
docker images --format '{{.Nosuch}}' busybox:latest

# case: digests
docker images --digests busybox
docker images --digests --format '{{.Digest}}' busybox:latest

# case: filters
docker tag web one.example/two:three
docker images -f reference=web --format '{{.Repository}}:{{.Tag}}'
docker images -f reference='web:2*' --format '{{.Repository}}:{{.Tag}}'
sorted docker images -f reference='*/*' --format '{{.Repository}}:{{.Tag}}'
sorted docker images -f label=tier --format '{{.Repository}}:{{.Tag}}'
docker images -f label=tier=back --format '{{.Repository}}:{{.Tag}}'
docker images -f dangling=true -q
docker images -f dangling=false --format '{{.Repository}}:{{.Tag}}' busybox
docker images -f before=nosuch
docker images -f nosuch=1
docker images -f dangling=maybe

# case: filter-before-and-since
docker images -f since=busybox --format '{{.Repository}}:{{.Tag}}'
docker images -f before=busybox:latest --format '{{.Repository}}:{{.Tag}}'

# case: aliases
docker image ls -q busybox:latest
docker image list -q busybox:latest

# case: tag
docker tag busybox mine
docker tag busybox mine:2
docker tag busybox:latest registry.example:5000/team/mine:3
sorted docker images --format '{{.Repository}}:{{.Tag}}'
docker image tag mine:2 mine:4
docker images -q mine:4

# case: tag-by-id
id=$(docker images -q busybox:latest)
docker tag $id by-short-id
docker tag $(docker images -q --no-trunc busybox:latest) by-long-id
docker tag sha256:$id by-prefixed-id
sorted docker images --format '{{.Repository}}:{{.Tag}}'

# case: tag-replaces
docker tag busybox moving
docker tag web moving
docker images -q moving
docker images -q web:latest

# case: tag-of-what-is-missing
# words: No such image
docker tag nosuch mine
docker tag nosuch:tag mine

# case: tag-that-is-wrong
# words: not a valid repository/tag|invalid reference format
docker tag busybox Mine
docker tag busybox mine:
docker tag busybox 'a b'
docker tag busybox mine:a:b
docker tag busybox ''

# case: rmi-of-a-tag
docker tag busybox mine
docker rmi mine
docker rmi busybox:1.35
sorted docker images --format '{{.Repository}}:{{.Tag}}'

# case: rmi-of-the-last-tag
docker rmi example/db:14
docker images -q example/db
docker rmi web:latest web:2.0

# case: rmi-by-id
# words: must be forced
docker rmi $(docker images -q tool)
docker rmi $(docker images -q web:latest)
docker rmi -f $(docker images -q web:latest)
sorted docker images --format '{{.Repository}}:{{.Tag}}'

# case: rmi-of-what-is-missing
# words: No such image: nosuch
docker rmi nosuch
docker rmi -f nosuch
docker rmi nosuch tool
docker image rm nosuch:tag
docker images -q tool

# case: rmi-of-one-in-use
# words: conflict
docker create --name one tool
docker rmi tool
docker rmi $(docker images -q tool)
docker images -q tool
docker rmi -f tool
sorted docker images --format '{{.Repository}}:{{.Tag}}'
docker ps -a --format '{{.Image}}'

# case: rmi-of-a-stopped-box
# vm
docker create --name one tool works
docker rmi -f tool
docker rmi -f tool
docker images -q tool
docker start -a one
docker ps -a --format '{{.Image}}'
docker export -o one.tar one
docker rm one
sorted docker images -a --format '{{.Repository}}:{{.Tag}}'

# case: rmi-several
docker tag busybox one
docker tag busybox two
docker rmi one two
docker image remove busybox:1.35
docker rmi --no-prune tool

# case: history
docker history busybox
docker history -q busybox
docker history --no-trunc busybox
docker history --format '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}' busybox
docker history --format json busybox
docker history -H=false --format '{{.CreatedAt}}' busybox
docker history web
docker image history -q busybox

# case: history-of-what-is-missing
docker history nosuch

# case: inspect
quiet docker inspect busybox >whole
note grep -c '"Id":' whole
docker image inspect -f '{{.Id}} {{.RepoTags}} {{.Os}} {{.Architecture}} {{.Created}}' busybox
docker image inspect -f '{{json .Config}}' busybox
docker image inspect -f '{{json .RootFS}}' busybox
docker image inspect -f '{{json .RepoDigests}} {{.Parent}} {{.Comment}} {{.Author}} {{.DockerVersion}}' busybox

# case: inspect-keys
docker image inspect -f '{{range $key, $value := .}}{{println $key}}{{end}}' busybox

# case: inspect-whole
docker tag busybox:latest busybox:1.35
quiet docker image inspect busybox >whole
note sed '/"GraphDriver": {/,/^        },/d' whole

# case: inspect-config-with-much
docker inspect -f '{{json .Config}}' web
docker inspect -f '{{json .Config}}' example/db:14
docker inspect -f '{{.Config.Cmd}} {{.Config.Entrypoint}} {{.Config.Env}}' tool
docker inspect -f '{{index .Config.Labels "org.example.version"}}' web
docker inspect -f '{{range $port, $_ := .Config.ExposedPorts}}{{$port}} {{end}}' web

# case: inspect-by-id
docker inspect -f '{{.RepoTags}}' $(docker images -q tool)
docker inspect -f '{{.RepoTags}}' $(docker images -q --no-trunc tool)
docker image inspect -f '{{.RepoTags}}' $(docker images -q tool | cut -c 1-6)
docker image inspect -f '{{.Id}}' tool nosuch busybox

# case: image-exists
quiet docker image inspect nosuch >/dev/null 2>&1 || note echo missing
quiet docker image inspect busybox >/dev/null 2>&1 && note echo there
note test -z "$(docker images -q nosuch:latest 2>/dev/null)"

# case: save-and-load
docker save -o all.tar busybox tool
docker rmi busybox:latest busybox:1.35 tool
docker load -i all.tar
sorted docker images --format '{{.Repository}}:{{.Tag}}'

# case: save-one-repository
docker save busybox >all.tar
docker rmi -f busybox:latest busybox:1.35
docker load <all.tar
sorted docker images --format '{{.Repository}}:{{.Tag}}'

# case: save-one-tag
docker save -o one.tar web:2.0
docker rmi web:2.0 web:latest
docker load -q -i one.tar
sorted docker images --format '{{.Repository}}:{{.Tag}}'

# case: save-by-id
docker save -o id.tar $(docker images -q tool)
docker rmi tool
docker load -i id.tar
sorted docker images -q

# case: save-contents
docker save -o one.tar tool
note sh -c 'tar xOf one.tar manifest.json | grep -o "\"RepoTags\":\[[^]]*\]"'
docker image save tool >two.tar
note sh -c 'tar tf two.tar | grep -c "^manifest.json$"'

# case: save-of-what-is-missing
docker save nosuch >x
docker save -o x.tar nosuch
note test -e x.tar

# case: load-of-what-is-no-archive
docker load -i nosuch.tar
echo garbage >bad.tar
docker load -i bad.tar
docker load </dev/null
docker load -q <bad.tar

# case: import
mkdir -p root/bin
echo hello >root/file
tar -C root -cf root.tar .
docker import root.tar
docker import root.tar mine
docker import - mine:2 <root.tar
sorted docker images --format '{{.Repository}}:{{.Tag}}'
docker image import -m 'a message' root.tar mine:3
docker history --format '{{.Comment}}' mine:3

# case: import-with-changes
mkdir root
tar -C root -cf root.tar .
docker import -c 'CMD ["ls","-l"]' -c 'ENV A=1' -c 'WORKDIR /x' -c 'EXPOSE 80' -c 'USER me' -c 'LABEL a=b' -c 'ENTRYPOINT ["e"]' -c 'VOLUME /v' root.tar mine
docker inspect -f '{{json .Config.Cmd}} {{json .Config.Env}} {{.Config.WorkingDir}} {{json .Config.ExposedPorts}} {{.Config.User}} {{json .Config.Labels}} {{json .Config.Entrypoint}} {{json .Config.Volumes}}' mine
docker import -c 'NOSUCH x' root.tar other
docker import -c 'RUN true' root.tar other

# case: import-of-compressed-tars
mkdir root
tar -C root -cf root.tar .
xz -k root.tar
bzip2 -k root.tar
gzip -k root.tar
for name in xz bz2 gz
do docker import root.tar.$name mine:$name
done
head -c 70 root.tar.xz >cut.xz
docker import cut.xz
docker import - <cut.xz

# case: load-of-compressed-archives
docker save busybox >b.tar
xz -k0 b.tar
bzip2 -k b.tar
docker load -i b.tar.xz
docker load <b.tar.bz2

# case: import-of-what-is-missing
docker import nosuch.tar
docker import nosuch.tar mine

# case: prune
docker tag busybox moving
docker image prune -f
quiet sorted docker image prune -af
sorted docker images --format '{{.Repository}}:{{.Tag}}'

# case: prune-spares-what-is-used
docker create --name one tool
docker image prune -a -f --filter label=tier=back
sorted docker images --format '{{.Repository}}:{{.Tag}}'
quiet docker image prune -af >out
sorted docker images --format '{{.Repository}}:{{.Tag}}'

# case: prune-filters
docker image prune -f --filter until=1h
docker image prune -f --filter nosuch=1
docker image prune -f --filter label!=x

# case: prune-asks
echo n | docker image prune
echo n | docker image prune -a

# case: dangling
mkdir root
tar -C root -cf root.tar .
docker import root.tar mine
docker tag busybox mine
docker images -f dangling=true --format '{{.Repository}}:{{.Tag}}'
docker images -f dangling=true -q | xargs -r docker rmi
docker images -f dangling=true -q
