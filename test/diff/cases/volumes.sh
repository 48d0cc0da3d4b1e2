Named volumes.

# case: create
docker volume create
docker volume create data
docker volume create --name named
docker volume create data
docker volume ls -q -f name=data

# case: create-with-labels
docker volume create --label a=1 --label b data
docker volume inspect -f '{{json .Labels}}' data
docker volume create plain
docker volume inspect -f '{{json .Labels}}' plain

# case: create-with-driver
docker volume create -d local data
docker volume inspect -f '{{.Driver}} {{json .Options}}' data
docker volume create -d nosuch other
docker volume create -o nosuch=1 other

# case: create-with-options
# differs: volume-options
docker volume create -d local -o type=tmpfs -o device=tmpfs -o o=size=1m temporary

# case: create-with-a-wrong-name
docker volume create 'not good'
docker volume create a/b
docker volume create x
docker volume create --name one two
docker volume create ''

# case: ls
docker volume ls
docker volume create one
docker volume create two
docker volume ls
docker volume ls -q
docker volume list -q

# case: ls-formats
docker volume create --label a=1 one
docker volume ls --format '{{.Name}} {{.Driver}} {{.Scope}} {{.Mountpoint}} {{.Labels}} {{.Links}} {{.Size}}'
docker volume ls --format '{{.Label "a"}}'
docker volume ls --format 'table {{.Name}}\t{{.Driver}}'
docker volume ls --format json
docker volume ls --format '{{json .}}'

# case: ls-filters
docker volume create --label a=1 one
docker volume create --label a=2 two
docker create --name user -v one:/data busybox
docker volume ls -q -f label=a
docker volume ls -q -f label=a=2
docker volume ls -q -f name=on
docker volume ls -q -f name=^two$
docker volume ls -q -f dangling=true
docker volume ls -q -f dangling=false
docker volume ls -q -f driver=local
docker volume ls -q -f driver=nosuch
docker volume ls -q -f nosuch=1
docker volume ls -q -f dangling=maybe

# case: inspect
docker volume create --label a=1 one
docker volume inspect one
docker volume inspect -f '{{.Name}} {{.Mountpoint}} {{.Scope}} {{.CreatedAt}}' one
docker volume inspect -f '{{json .Options}} {{json .Labels}}' one

# case: inspect-several
docker volume create one
docker volume create two
docker volume inspect -f '{{.Name}}' one two
docker volume inspect -f '{{.Name}}' two nosuch one
docker volume inspect nosuch

# case: rm
docker volume create one
docker volume create two
docker volume rm one two
docker volume rm one
docker volume rm -f one
docker volume remove nosuch
docker volume ls -q

# case: rm-of-one-in-use
# words: volume is in use
docker create --name user -v one:/data busybox
docker volume rm one
docker volume rm -f one
docker rm user
docker volume rm one

# case: prune
docker create --name user -v /anonymous busybox
docker volume prune -f
docker rm user
docker volume prune -f
docker volume ls -q
docker volume prune -f

# case: prune-filters
docker volume create --label keep=1 >kept
docker volume create >other
docker volume prune -f --filter label!=keep
docker volume ls -q
docker volume prune -f --filter nosuch=1
docker volume prune -f --filter label=keep
docker volume ls -q

# case: prune-asks
docker volume create >name
echo n | quiet docker volume prune >out
note grep -o 'Are you sure you want to continue? \[y/N\] ' out
docker volume ls -q
echo y | quiet docker volume prune >out
docker volume ls -q

# case: created-with-a-box
docker create --name one -v data:/data busybox
docker volume ls -q
docker volume inspect -f '{{.Driver}} {{json .Labels}}' data
docker rm -v one
docker volume ls -q

# case: of-the-image
# differs: image-volumes
docker create --name one example/db:14
docker volume ls -q | wc -l >count
note cat count
docker inspect -f '{{range .Mounts}}{{.Type}}:{{.Destination}} {{end}}' one
docker rm -v one
docker volume ls -q

# case: update
docker volume update one

# case: duplicate-mount-points
docker create -v first:/x -v second:/x busybox
docker create -v first:/x -v second:/x/ busybox
docker create -v /x -v second:/x busybox
docker create -v /tmp:/x -v /var:/x busybox
docker create -v first:/x --tmpfs /x busybox
docker create --mount type=tmpfs,target=/x --tmpfs /x busybox
docker create --mount type=tmpfs,target=/x --mount type=tmpfs,target=/x/,tmpfs-size=1m busybox
docker create --mount type=volume,target=/x --mount type=volume,target=/x busybox
docker run --mount type=tmpfs,target=/x --mount type=tmpfs,target=/x busybox
docker create --mount type=bind,source=/tmp,target=/x -v first:/x busybox
docker run -v first:/x -v second:/x busybox
docker run --mount type=volume,target=/x -v second:/x busybox
docker run --tmpfs /x -v second:/x busybox
docker ps -aq

# case: the-same-mount-twice
docker create --name one -v first:/x -v first:/x busybox
docker create --name two --tmpfs /x --tmpfs /x:size=1m busybox
docker create --name three -v /x -v /x busybox
docker inspect -f '{{range .Mounts}}{{.Destination}} {{end}}{{json .HostConfig.Tmpfs}}' one two three

# case: volumes-from
mkdir folder
docker create --name one -v data:/data -v "$PWD/folder:/host:ro" -v /anonymous busybox
docker create --name two --volumes-from one busybox
sorted docker inspect -f '{{range .Mounts}}{{.Destination}} {{.Type}} {{.RW}} {{.Mode}}
{{end}}' one
sorted docker inspect -f '{{range .Mounts}}{{.Destination}} {{.Type}} {{.RW}} {{.Mode}}
{{end}}' two
docker inspect -f '{{json .HostConfig.VolumesFrom}} {{json .HostConfig.Binds}} {{json .Config.Volumes}}' one two
docker create --name three --volumes-from two:ro -v other:/data -v /anonymous busybox
sorted docker inspect -f '{{range .Mounts}}{{.Destination}} {{.Type}} {{.RW}}
{{end}}{{json .HostConfig.VolumesFrom}} {{json .HostConfig.Binds}}' three
docker create --name four --volumes-from one --volumes-from three busybox
sorted docker inspect -f '{{range .Mounts}}{{.Destination}} {{.Type}} {{.RW}}
{{end}}' four
sorted docker inspect -f '{{range .Mounts}}{{.Destination}} {{.Name}}
{{end}}' one three four
sorted docker ps -a -f volume=data --format '{{.Names}} {{.LocalVolumes}}'
docker rm -v one
sorted docker volume ls -q
sorted docker rm -v two three four
sorted docker volume ls -q

# case: volumes-from-without-copying
# vm
docker create --name one -v data:/srv:nocopy web
docker run --rm --volumes-from one web ls /srv
docker run --rm -v data:/srv web ls /srv

# case: volumes-from-with-the-same-image
# vm
docker create --name one -v data:/srv web
docker run --rm --volumes-from one web ls /srv

# case: volumes-from-with-another-image
# vm
# differs: volumes-from-fill
docker create --name one -v data:/srv busybox
docker run --rm --volumes-from one web ls /srv

# case: volumes-from-of-what-is-not-there
docker create --volumes-from nosuch busybox
docker run --volumes-from nosuch busybox
docker run --volumes-from '' busybox
docker create --name one busybox
docker create --volumes-from one:nosuch busybox
docker create --volumes-from one:ro:ro busybox
docker create --volumes-from one:nocopy busybox
docker create --volumes-from one:z busybox
docker create --volumes-from one: busybox
docker create --volumes-from :ro busybox
