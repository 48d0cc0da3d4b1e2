`ps` of boxes that were never started; those that run are in life.sh.

# case: table
docker ps
docker ps -a
docker create --name one busybox true
docker create --name two web
docker create --name three tool a 'b c'
docker ps
docker ps -a

# case: names-and-ids-only
docker create --name one busybox true
docker create --name two busybox true
docker ps -q
docker ps -aq
docker ps -aq --no-trunc
docker ps -a --format '{{.Names}}'
docker ps -a --quiet --format '{{.Names}}'

# case: last
docker create --name one busybox true
docker create --name two busybox true
docker create --name three busybox true
docker ps -l --format '{{.Names}}'
docker ps -n 2 --format '{{.Names}}'
docker ps --last 1 --format '{{.Names}}'
docker ps -n 0 --format '{{.Names}}'
docker ps -n -1 --format '{{.Names}}'
docker ps -n x

# case: no-trunc
docker create --name one busybox sh -c 'echo a command that is longer than the column'
docker ps -a --format '{{.Command}}'
docker ps -a --no-trunc --format '{{.Command}} {{.ID}}'
docker ps -a --format '{{.ID}}'

# case: size
docker create --name one busybox true
docker ps -as --format '{{.Names}} {{.Size}}'
docker ps -as

# case: every-field
docker create --name one -l a=1 -v data:/data -p 8080:80 web
docker ps -a --format '{{.ID}} {{.Image}} {{.Command}} {{.CreatedAt}} {{.RunningFor}} {{.Status}} {{.Names}}'
docker ps -a --format '{{.Ports}}|{{.State}}|{{.Size}}|{{.Mounts}}|{{.LocalVolumes}}|{{.Networks}}'
docker ps -a --format '{{.Label "a"}}|{{.Label "tier"}}|{{.Label "nosuch"}}'

# case: labels
docker create --name one -l a=1 busybox
docker create --name two busybox
docker ps -a --format '{{.Names}}:{{.Labels}}'
docker ps -a --format 'table {{.Names}}\t{{.Labels}}'
docker ps -a --format '{{.Names}}:{{.Label "a"}}'

# case: json
docker create --name one busybox true
docker ps -a --format json
docker ps -a --format '{{json .}}'
docker ps -a --format '{{json .Names}}'
docker ps --format json

# case: table-of-chosen-fields
docker create --name one busybox true
docker ps -a --format 'table {{.Names}}\t{{.Image}}\t{{.State}}'
docker ps -a --format 'table {{.ID}} {{.Names}}'
docker ps --format 'table {{.Names}}'

# case: template-with-functions
docker create --name one busybox true
docker ps -a --format '{{upper .Names}} {{lower .Image}} {{title .State}} {{truncate .ID 4 | len}}'
docker ps -a --format '{{pad .Names 2 3}}|{{join (split .Image "s") "-"}}'
docker ps -a --format '{{if eq .State "created"}}new{{else}}old{{end}} {{printf "%-8s|" .Names}}'
docker ps -a --format '{{len .Names}} {{.Names | printf "%q"}}'

# case: template-that-is-wrong
docker ps --format '{{.Names'
docker ps -a --format '{{nosuch .Names}}'
docker create --name one busybox
docker ps -a --format '{{.Nosuch}}'

# case: empty-format
docker create --name one busybox true
docker ps -a --format ''
docker ps -a --format 'word'
docker ps -a --format '{{.Names}}\t{{.Image}}\n'

# case: filter-name
docker create --name web-1 busybox
docker create --name web-2 busybox
docker create --name other busybox
docker ps -a -f name=web --format '{{.Names}}'
docker ps -a -f name=web-1 --format '{{.Names}}'
docker ps -a -f name=^web-1$ --format '{{.Names}}'
docker ps -a -f name=^/web-1$ --format '{{.Names}}'
docker ps -a -f name=/web-1 --format '{{.Names}}'
docker ps -a -f 'name=web-[0-9]' --format '{{.Names}}'
docker ps -a -f name=1 --format '{{.Names}}'
docker ps -a -f name=nosuch --format '{{.Names}}'
docker ps -a -f name=web-1 -f name=other --format '{{.Names}}'

# case: filter-name-that-is-no-pattern
docker create --name one busybox
docker ps -a -f 'name=[' --format '{{.Names}}'
docker ps -a -f name= --format '{{.Names}}'

# case: filter-id
id=$(docker create --name one busybox)
docker create --name two busybox
docker ps -a -f id=$id --format '{{.Names}}'
docker ps -a -f id=$(echo $id | cut -c 1-12) --format '{{.Names}}'
docker ps -a -f id=nosuch --format '{{.Names}}'

# case: filter-label
docker create --name one -l a=1 -l b busybox
docker create --name two -l a=2 busybox
docker create --name three web
docker ps -a -f label=a --format '{{.Names}}'
docker ps -a -f label=a=1 --format '{{.Names}}'
docker ps -a -f label=a=1 -f label=b --format '{{.Names}}'
docker ps -a -f label=a=1 -f label=a=2 --format '{{.Names}}'
docker ps -a -f label=b= --format '{{.Names}}'
docker ps -a -f label=tier --format '{{.Names}}'
docker ps -a -f label=tier=front --format '{{.Names}}'
docker ps -a -f label!=a --format '{{.Names}}'

# case: filter-status
docker create --name one busybox
docker ps -f status=created --format '{{.Names}}'
docker ps -a -f status=running --format '{{.Names}}'
docker ps -f status=exited -f status=created --format '{{.Names}}'
docker ps -f status=nosuch

# case: filter-ancestor
docker create --name one busybox
docker create --name two busybox:1.35
docker create --name three web
docker create --name four tool
docker ps -a -f ancestor=busybox --format '{{.Names}}'
docker ps -a -f ancestor=busybox:1.35 --format '{{.Names}}'
docker ps -a -f ancestor=busybox:latest --format '{{.Names}}'
docker ps -a -f ancestor=web --format '{{.Names}}'
docker ps -a -f ancestor=$(docker images -q tool) --format '{{.Names}}'
docker ps -a -f ancestor=nosuch --format '{{.Names}}'

# case: filter-volume
mkdir folder
docker create --name one -v data:/data busybox
docker create --name two -v "$PWD/folder:/here" busybox
docker ps -a -f volume=data --format '{{.Names}}'
docker ps -a -f volume=/data --format '{{.Names}}'
docker ps -a -f volume=/here --format '{{.Names}}'
docker ps -a -f "volume=$PWD/folder" --format '{{.Names}}'
docker ps -a -f volume=nosuch --format '{{.Names}}'

# case: filter-before-and-since
docker create --name one busybox
docker create --name two busybox
docker create --name three busybox
docker ps -a -f before=two --format '{{.Names}}'
docker ps -a -f since=two --format '{{.Names}}'
docker ps -a -f since=one -f before=three --format '{{.Names}}'
docker ps -a -f before=nosuch --format '{{.Names}}'

# case: filter-publish-and-expose
docker create --name one -p 8080:80 busybox
docker create --name two web
docker ps -a -f publish=80 --format '{{.Names}}'
docker ps -a -f publish=8080 --format '{{.Names}}'
docker ps -a -f expose=80 --format '{{.Names}}'
docker ps -a -f expose=53/udp --format '{{.Names}}'
docker ps -a -f publish=x

# case: filter-health-and-network
docker create --name one busybox
docker create --name two example/db:14
docker create --name three --network none busybox
docker ps -a -f health=none --format '{{.Names}}'
docker ps -a -f health=starting --format '{{.Names}}'
docker ps -a -f health=nosuch
docker ps -a -f network=none --format '{{.Names}}'
docker ps -a -f network=nosuch --format '{{.Names}}'

# case: filter-exited
docker create --name one busybox
docker ps -a -f exited=0 --format '{{.Names}}'
docker ps -a -f exited=x

# case: filter-is-task
docker create --name one busybox
docker ps -a -f is-task=false --format '{{.Names}}'
docker ps -a -f is-task=true --format '{{.Names}}'

# case: filter-that-is-unknown
# words: invalid filter
docker ps -f nosuch=1
docker ps -f nosuch
docker ps -f =1
docker ps -f ''

# case: several-filters
docker create --name one -l a=1 busybox
docker create --name two -l a=1 web
docker ps -a -f label=a=1 -f ancestor=web --format '{{.Names}}'
docker ps -a --filter label=a=1 --filter name=one --filter status=created -q --no-trunc

# case: list-and-aliases
docker create --name one busybox
docker container ls -a --format '{{.Names}}'
docker container ps -a --format '{{.Names}}'
docker container list -aq

# case: rm-by-name-filter
docker create --name job busybox
docker create --name jobs busybox
docker ps -aq -f name=^/job$ | xargs -r docker rm -f
docker ps -a --format '{{.Names}}'
docker ps -aq -f name=^/nosuch$ | xargs -r docker rm -f

# case: ports-of-created-boxes
docker create --name one -p 8080:80 busybox
docker create --name two web
docker ps -a --format '{{.Names}}:{{.Ports}}'
