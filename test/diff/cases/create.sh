Boxes that are created, inspected, renamed and removed, and never started.

# case: id
id=$(docker create --name one busybox)
note expr length "$id"
docker inspect -f '{{.Id}}' one
docker inspect -f '{{.Name}}' $id
docker inspect -f '{{.Name}}' $(echo $id | cut -c 1-12)
docker inspect -f '{{.Name}}' $(echo $id | cut -c 1-4)

# case: generated-name
id=$(docker create busybox)
name=$(docker inspect -f '{{.Name}}' $id)
note sh -c 'echo "$1" | grep -cE "^/[a-z]+_[a-z]+"' - "$name" >out
docker inspect -f '{{.Id}}' "$name"
docker inspect -f '{{.Id}}' "${name#/}"

# case: name-in-use
# words: Conflict
# words: is already in use
docker create --name one busybox
docker create --name one busybox
docker run --name one busybox
docker run -d --name one busybox

# case: name-that-is-wrong
# words: Invalid container name
docker create --name 'not good' busybox
docker create --name -x busybox
docker create --name a busybox
docker create --name a/b busybox
docker create --name _a busybox

# case: name-with-a-slash
docker create --name /one busybox
docker inspect -f '{{.Name}}' one
docker inspect -f '{{.Name}}' /one
docker rm /one

# case: image-that-is-missing
# words: Unable to find image 'nosuch:latest' locally
docker create --pull never nosuch
docker run --pull never nosuch
docker run --rm --pull never nosuch:tag true

# case: image-by-id
id=$(docker images -q --no-trunc busybox:latest)
docker create --name one $id
docker create --name two ${id#sha256:}
docker create --name three $(docker images -q busybox:latest)
docker create --name four sha256:$(docker images -q busybox:latest)
docker ps -a --format '{{.Names}} {{.Image}}'
docker inspect -f '{{.Image}} {{.Config.Image}}' one two three four

# case: image-reference-that-is-wrong
# words: invalid reference format
docker create Busybox
docker create busybox:
docker create busybox::latest
docker create -- -x
docker create 'a b'
docker create busybox@sha256:123
docker run UPPER/case true

# case: image-written-in-full
docker create --name one docker.io/library/busybox
docker create --name two library/busybox:latest
docker create --name three docker.io/busybox:1.35
docker create --name four index.docker.io/library/busybox
docker ps -a --format '{{.Names}} {{.Image}}'

# case: rm
docker create --name one busybox
docker create --name two busybox
docker rm one
docker rm one two nosuch
docker ps -aq

# case: rm-of-what-is-missing
# words: No such container: nosuch
docker rm nosuch
docker rm -f nosuch
docker rm -f nosuch other
docker rm -v nosuch
docker container rm nosuch

# case: rm-by-id
id=$(docker create --name one busybox)
docker rm $id
id=$(docker create --name one busybox)
docker rm $(echo $id | cut -c 1-12)
docker rm -f ''

# case: rm-with-volumes
docker create --name one -v /anonymous -v named:/named busybox
docker volume ls -q
docker rm -v one
docker volume ls -q

# case: rm-keeps-volumes
docker create --name one -v /anonymous busybox
docker rm one
docker volume ls -q
docker volume ls -q -f dangling=true

# case: rename
docker create --name one busybox
docker create --name two busybox
docker rename one three
docker ps -a --format '{{.Names}}'
docker rename two three
docker rename nosuch four
docker rename three 'not good'
docker rename three three
docker rename three ''
docker inspect -f '{{.Name}}' three

# case: commands-on-what-is-missing
# words: No such container: nosuch
docker start nosuch
docker stop nosuch
docker restart nosuch
docker kill nosuch
docker wait nosuch
docker pause nosuch
docker unpause nosuch
docker attach nosuch
docker logs nosuch
docker top nosuch
docker port nosuch
docker exec nosuch true
docker diff nosuch
docker rename nosuch x
docker update --restart no nosuch
docker stats --no-stream nosuch
docker export nosuch
docker commit nosuch

# case: cp-on-what-is-missing
# words: No such container
docker cp nosuch:/etc/passwd .
echo x >file
docker cp file nosuch:/tmp

# case: inspect-on-what-is-missing
# words: No such object: nosuch
# words: No such container: nosuch
# words: No such image: nosuch
docker inspect nosuch
docker inspect -f '{{.Id}}' nosuch
docker container inspect nosuch
docker image inspect nosuch
docker volume inspect nosuch

# case: commands-on-one-that-never-ran
# words: is not running
docker create --name one busybox
docker stop one
docker kill one
docker exec one true
docker attach one
docker top one
docker logs one
docker port one
docker pause one
docker unpause one
docker diff one
docker wait nosuch
docker stats --no-stream --format '{{.Name}} {{.CPUPerc}}' one

# case: state-of-one-that-never-ran
docker create --name one busybox
docker inspect -f '{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.State.Restarting}} {{.State.OOMKilled}} {{.State.Dead}}' one
docker inspect -f '{{.State.Pid}} {{.State.ExitCode}} {{.State.Error}} {{.State.StartedAt}} {{.State.FinishedAt}}' one
docker inspect -f '{{.RestartCount}} {{.Created}}' one

# case: inspect-config
docker create --name one busybox echo hello
docker inspect -f '{{json .Config}}' one

# case: inspect-config-of-an-image-with-much
docker create --name one web
docker inspect -f '{{json .Config}}' one
docker create --name two example/db:14
docker inspect -f '{{json .Config}}' two

# case: inspect-host-config
# differs: inspect
docker create --name one busybox
docker inspect -f '{{json .HostConfig}}' one

# case: inspect-host-config-keys
docker create --name one busybox
docker inspect -f '{{range $key, $value := .HostConfig}}{{println $key}}{{end}}' one

# case: inspect-state
docker create --name one busybox
docker inspect -f '{{json .State}}' one

# case: inspect-network-settings
docker create --name one busybox
docker inspect -f '{{json .NetworkSettings}}' one

# case: inspect-network-settings-keys
docker create --name one busybox
docker inspect -f '{{range $key, $value := .NetworkSettings}}{{println $key}}{{end}}' one

# case: inspect-network-mode
docker create --name one busybox
docker create --name two --network none busybox
docker inspect -f '{{.HostConfig.NetworkMode}}' one
docker inspect -f '{{.HostConfig.NetworkMode}}' two

# case: inspect-mounts
mkdir folder
docker create --name one -v data:/data -v "$PWD/folder:/here:ro" busybox
docker inspect -f '{{json .Mounts}}' one
docker inspect -f '{{range .Mounts}}{{.Type}} {{.Name}} {{.Source}} {{.Destination}} {{.Driver}} {{.Mode}} {{.RW}} {{.Propagation}}{{"\n"}}{{end}}' one

# case: inspect-top-level
# differs: inspect
docker create --name one busybox
docker inspect -f '{{range $key, $value := .}}{{println $key}}{{end}}' one
docker inspect -f '{{.Path}} {{.Args}} {{.Driver}} {{.Platform}} {{.MountLabel}} {{.ProcessLabel}} {{.AppArmorProfile}} {{.ExecIDs}}' one

# case: inspect-whole
# differs: inspect
docker create --name one busybox true
quiet docker inspect one >whole
note sed '/"GraphDriver": {/,/^        },/d' whole

# case: inspect-several
docker create --name one busybox
docker create --name two busybox
docker inspect -f '{{.Name}}' one two
docker inspect -f '{{.Name}}' two nosuch one
docker inspect --format='{{json .Name}}' one two

# case: inspect-of-type
docker create --name busybox web
docker volume create busybox
docker inspect -f '{{.Id}}' busybox
docker inspect --type container -f '{{.Name}}' busybox
docker inspect --type image -f '{{.RepoTags}}' busybox
docker inspect --type volume -f '{{.Name}} {{.Driver}}' busybox
docker inspect --type nosuch busybox
docker inspect --type=container nosuch
docker inspect --type=image nosuch
docker inspect --type=volume nosuch

# case: inspect-size
docker create --name one busybox
docker inspect -s -f '{{.SizeRw}}' one
docker inspect --size --type container -f '{{.Name}}' one
docker container inspect -s -f '{{.Name}}' one

# case: inspect-values-as-go-prints-them
docker create --name one -e A=1 -l x=y -l a=b busybox a 'b c'
docker inspect -f '{{.Config.Cmd}} {{.Config.Labels}} {{.Config.Entrypoint}} {{.Config.Volumes}}' one
docker inspect -f '{{.HostConfig.RestartPolicy}} {{.HostConfig.PortBindings}} {{.HostConfig.Binds}}' one
docker inspect -f '{{.Config.Nosuch}}' one
docker inspect -f '{{.Nosuch}}' one
docker inspect -f '{{.Nosuch.Field}}' one
docker inspect -f '{{.State}}' one

# case: inspect-with-template-language
docker create --name one -e A=1 -e B=2 -l x=y busybox a b
docker inspect -f '{{range $i, $e := .Config.Cmd}}{{$i}}={{$e}} {{end}}' one
docker inspect -f '{{range .Config.Cmd}}{{.}},{{else}}none{{end}}' one
docker inspect -f '{{with .Config.Entrypoint}}{{.}}{{else}}none{{end}}' one
docker inspect -f '{{if and .Config.Tty .Config.OpenStdin}}both{{else if not .Config.Tty}}no tty{{end}}' one
docker inspect -f '{{index .Config.Labels "x"}}|{{index .Config.Labels "nosuch"}}|{{index .Config.Cmd 1}}|{{len .Config.Cmd}}' one
docker inspect -f '{{$name := .Name}}{{range .Config.Cmd}}{{$name}}:{{.}} {{end}}' one
docker inspect -f '{{- .Name -}} | {{/* a comment */}}{{print "a" 1 2 "b"}} {{printf "%s-%v-%t" .Name .RestartCount .Config.Tty}}' one
docker inspect -f '{{eq .Name "/one"}} {{ne .Name "x"}} {{lt .RestartCount 1}} {{ge .RestartCount 0}}' one
docker inspect -f '{{slice .Id 0 0}}{{join .Config.Cmd ","}} {{json .Config.Cmd}} {{upper .Name}} {{split "a:b" ":"}}' one
docker inspect -f '{{define "T"}}<{{.}}>{{end}}{{template "T" .Name}}' one

# case: inspect-with-a-broken-template
# words: template parsing error
docker create --name one busybox
docker inspect -f '{{.Name' one
docker inspect -f '{{nosuch}}' one
docker inspect -f '{{index .Config.Cmd 9}}' one
docker inspect -f '{{end}}' one

# case: inspect-with-an-empty-format
docker create --name one busybox
quiet docker inspect -f '' one >whole
note sh -c 'head -c 1 whole'
quiet docker inspect -f json one >whole
note sh -c 'head -c 1 whole'
docker inspect -f 'word' one

# case: update
docker create --name one busybox
docker update --restart always one
docker update -m 128m --memory-swap 256m one
docker update --cpus 1 one
docker inspect -f '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.Memory}}' one
docker update --restart sometimes one
docker update --restart no nosuch one

# case: prune
docker create --name one busybox
docker create --name two -l keep=1 busybox
docker container prune -f --filter label!=keep
docker ps -a --format '{{.Names}}'
docker container prune -f
docker container prune -f

# case: prune-with-filters
docker create --name one busybox
docker container prune -f --filter until=24h
docker container prune -f --filter nosuch=1
docker container prune --force --filter until=1h

# case: prune-asks
docker create --name one busybox
echo n | docker container prune
echo | docker container prune
docker container prune </dev/null
docker ps -a --format '{{.Names}}'
echo y | docker container prune
docker ps -a --format '{{.Names}}'
