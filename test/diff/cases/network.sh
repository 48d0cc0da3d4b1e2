Networks that are created, and the boxes on them. Addresses are replaced, so a case that is about one names its subnet.

# case: create
docker network create shop
docker network create --driver bridge back
docker network create -d bridge --label a=1 --label b labelled
docker network ls -q -f type=custom
docker network ls -f type=custom --format '{{.Name}} {{.Driver}} {{.Scope}}'

# case: create-twice
# words: network with name shop already exists
docker network create shop
docker network create shop
docker network ls -f type=custom --format '{{.Name}}'

# case: create-without-a-name
docker network create
docker network create ''
docker network create a b
docker network create --nosuch a

# case: create-predefined
# words: operation is not permitted on predefined
docker network create bridge
docker network create none

# case: create-with-an-unknown-driver
docker network create -d nosuch shop
docker network ls -q -f type=custom

# case: create-with-a-bad-subnet
docker network create --subnet nosuch shop
docker network create --subnet 10.77.0.0 shop
docker network create --subnet 10.77.0.0/33 shop
docker network create --subnet 10.77.0.0/24 --gateway 10.78.0.1 shop
docker network create --gateway 10.77.0.1 shop
docker network create --subnet 10.77.0.0/24 --gateway nosuch shop
docker network ls -q -f type=custom

# case: create-overlapping
# words: Pool overlaps with other one on this address space
docker network create --subnet 10.77.0.0/24 shop
docker network create --subnet 10.77.0.0/24 same
docker network create --subnet 10.77.0.128/25 inside
docker network create --subnet 10.76.0.0/15 around
docker network create --subnet 10.77.1.0/24 beside
docker network ls -f type=custom --format '{{.Name}}'

# case: ls
docker network create shop
docker network ls -f name=shop
docker network list -f name=shop
docker network ls --no-trunc -f name=shop
docker network ls -q --no-trunc -f name=shop
docker network ls -f name=nosuch
docker network ls shop

# case: ls-predefined
docker network ls -f name=^bridge$ --format '{{.Name}} {{.Driver}} {{.Scope}}'
docker network ls -f name=none --format '{{.Name}} {{.Driver}} {{.Scope}}'

# case: ls-formats
docker network create --label a=1 shop
docker network ls -f name=shop --format '{{.ID}} {{.Name}} {{.Driver}} {{.Scope}} {{.IPv6}} {{.Internal}} {{.Labels}}'
docker network ls -f name=shop --format '{{.Label "a"}}'
docker network ls -f name=shop --format 'table {{.Name}}\t{{.Driver}}'
docker network ls -f name=shop --format '{{.Nosuch}}'
docker network ls -f name=shop --format '{{'

# case: ls-json
# differs: network-ipv4
docker network create --label a=1 shop
docker network ls -f name=shop --format json
docker network ls -f name=shop --format '{{json .}}'

# case: ls-filters
docker network create --label a=1 one
docker network create --label a=2 two
docker network ls -q -f label=a
docker network ls -f label=a=2 --format '{{.Name}}'
docker network ls -f name=on -f type=custom --format '{{.Name}}'
docker network ls -f name=^two$ --format '{{.Name}}'
docker network ls -f driver=bridge -f type=custom --format '{{.Name}}'
docker network ls -f driver=null --format '{{.Name}}'
docker network ls -f scope=local -f type=custom --format '{{.Name}}'
docker network ls -f scope=swarm --format '{{.Name}}'
docker network ls -f dangling=true --format '{{.Name}}'
docker network ls -f type=nosuch
docker network ls -f dangling=nosuch
docker network ls -f nosuch=1
docker network ls -f nosuch

# case: inspect
docker network create --subnet 10.77.0.0/24 --label a=1 shop
docker network inspect shop
docker network inspect -f '{{.Name}} {{.Driver}} {{.Scope}} {{.Internal}} {{.Attachable}} {{.EnableIPv6}}' shop
docker network inspect -f '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}' shop
docker network inspect -f '{{json .IPAM}}' shop
docker network inspect -f '{{json .Labels}} {{json .Options}} {{json .Containers}}' shop
docker network inspect --format '{{len .Id}}' shop
docker network inspect --format '{{len .ID}}' shop
docker network inspect -v -f '{{.Name}}' shop

# case: inspect-gateway
docker network create --subnet 10.77.0.0/16 --gateway 10.77.9.9 shop
docker network inspect -f '{{json .IPAM.Config}}' shop

# case: inspect-several
docker network create one
docker network create two
docker network inspect -f '{{.Name}}' one two
docker network inspect -f '{{.Name}}' one nosuch two
docker network inspect

# case: inspect-unknown
docker network inspect nosuch
docker network inspect -f '{{.Name}}' nosuch
docker network inspect ''

# case: inspect-by-id
ID=$(docker network create --subnet 10.77.0.0/24 shop)
docker network inspect -f '{{.Name}}' "$ID"
docker network inspect -f '{{.Name}}' "$(echo "$ID" | cut -c1-12)"
docker inspect -f '{{.Name}}' shop
docker inspect --type network -f '{{.Driver}}' shop
docker inspect --type network shop
docker inspect --type network nosuch

# case: inspect-flags
docker network create --internal --attachable --label a=1 shop
docker network inspect -f '{{.Internal}} {{.Attachable}} {{.Ingress}} {{.ConfigOnly}}' shop
docker network ls -f name=shop --format '{{.Internal}}'

# case: inspect-predefined
docker network inspect -f '{{.Name}} {{.Driver}} {{.Scope}}' bridge none

# case: rm
docker network create one
docker network create two
docker network rm one
docker network ls -f type=custom --format '{{.Name}}'
docker network remove two
docker network rm two
docker network rm

# case: rm-several
docker network create one
docker network create two
docker network rm one nosuch two
docker network ls -q -f type=custom

# case: rm-by-id
ID=$(docker network create shop)
docker network rm "$(echo "$ID" | cut -c1-12)"
docker network ls -q -f type=custom

# case: rm-unknown
docker network rm nosuch
docker network rm -f nosuch
docker network rm --force nosuch other

# case: rm-predefined
# words: is a pre-defined network and cannot be removed
docker network rm bridge
docker network rm none

# case: rm-of-a-created-box
docker network create shop
docker create --name one --network shop busybox
docker network rm shop
docker inspect -f '{{.HostConfig.NetworkMode}}' one

# case: prune
docker network prune -f
docker network create shop
docker network create --label keep=1 other
docker network prune -f --filter label!=keep
docker network ls -f type=custom --format '{{.Name}}'
docker network prune -f
docker network prune -f
docker network prune -f --filter nosuch=1
docker network prune -f --filter until=nosuch

# case: prune-asks
docker network create shop
docker network prune </dev/null
echo n | docker network prune
docker network ls -f type=custom --format '{{.Name}}'
echo y | docker network prune

# case: prune-of-a-created-box
docker network create shop
docker create --name one --network shop busybox
docker network prune -f

# case: system-prune
docker network create shop
docker system prune -f

# case: connect
docker network create one
docker network create two
docker create --name box --network one busybox
docker network connect two box
docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' box
docker ps -a --filter network=two --format '{{.Names}} {{.Networks}}'
docker network disconnect one box
docker ps -a --filter network=one -q
docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' box
docker network disconnect one box
docker network disconnect -f two box
docker network disconnect two box

# case: connect-with-options
docker network create --subnet 10.77.0.0/24 shop
docker create --name box busybox
docker network connect --ip 10.77.0.9 --alias first --alias second shop box
docker inspect -f '{{json (index .NetworkSettings.Networks "shop").IPAMConfig}}' box
docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' box

# case: connect-again
docker network create --subnet 10.77.0.0/24 shop
docker create --name box --network shop busybox
docker network connect --ip 10.77.0.9 shop box
docker inspect -f '{{len .NetworkSettings.Networks}}' box

# case: connect-by-id
ID=$(docker network create shop)
docker create --name box busybox
docker network connect "$(echo "$ID" | cut -c1-12)" box
docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' box
docker network disconnect "$ID" box
docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' box

# case: disconnect-everything
docker network create shop
docker create --name box busybox
docker network disconnect bridge box
docker network connect shop box
docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' box

# case: connect-unknown
docker network create shop
docker create --name box busybox
docker network connect shop nosuch
docker network disconnect shop box
docker network disconnect shop nosuch
docker network disconnect nosuch box
docker network connect shop
docker network connect
docker network disconnect

# case: create-on-a-network
docker network create --subnet 10.77.0.0/24 shop
docker create --name one --network shop --network-alias db --network-alias store --ip 10.77.0.9 busybox
docker inspect -f '{{.HostConfig.NetworkMode}}' one
docker inspect -f '{{json (index .NetworkSettings.Networks "shop").IPAMConfig}}' one
docker inspect -f '{{with index .NetworkSettings.Networks "shop"}}{{.IPAddress}}-{{.IPPrefixLen}}-{{.Gateway}}{{end}}' one
docker create --name two --network name=shop,alias=db,ip=10.77.0.10 busybox
docker inspect -f '{{json (index .NetworkSettings.Networks "shop").IPAMConfig}}' two
docker ps -a --filter network=shop --format '{{.Names}} {{.Networks}}'
docker network inspect -f '{{json .Containers}}' shop

# case: create-on-an-unknown-network
docker create --name one --network nosuch busybox
docker inspect -f '{{.HostConfig.NetworkMode}}' one
docker start one

# case: ps-filter
docker network create shop
docker create --name one --network shop busybox
docker create --name two busybox
docker create --name three --network none busybox
docker ps -a --filter network=shop --format '{{.Names}} {{.Networks}}'
docker ps -a --filter network=bridge --format '{{.Names}} {{.Networks}}'
docker ps -a --filter network=none --format '{{.Names}} {{.Networks}}'
docker ps -a --filter network=nosuch --format '{{.Names}} {{.Networks}}'

# case: network-flags
# words: network name/id is not specified
# words: invalid field key
# words: specified multiple times
docker network create shop
docker create --network alias=x,ip=1.2.3.4 busybox
docker create --network name=shop,nosuch=1 busybox
docker create --network shop --network shop busybox
docker create --network name=shop,alias=a --network-alias b busybox
docker create --network name=shop,ip=1.2.3.4 --ip 1.2.3.5 busybox
docker create --network name=shop,link=a --link b busybox
docker create --network shop --network bridge busybox
docker create --network bridge --network shop busybox
docker create --network none --network shop busybox

# case: run
# vm
docker network create --subnet 10.77.0.0/24 shop
docker run -d --name one --network shop --network-alias db --ip 10.77.0.9 busybox sleep 1000
docker inspect -f '{{with index .NetworkSettings.Networks "shop"}}{{.IPAddress}}/{{.IPPrefixLen}} {{.Gateway}} {{.MacAddress}}{{end}}' one
docker network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}} {{.MacAddress}}{{end}}' shop
docker run --rm --network shop busybox sh -c 'ping -c 1 -q db | grep packets'
docker network rm shop
docker network prune -f
docker run --name other --network shop --ip 10.77.0.9 busybox true
docker run --name another --network shop --ip 10.78.0.9 busybox true
docker rm -f one
docker network rm shop

# case: connect-running
# vm
docker network create --subnet 10.77.0.0/24 one
docker network create --subnet 10.78.0.0/24 two
docker run -d --name box --network one --ip 10.77.0.9 busybox sleep 1000
docker network connect --ip 10.78.0.9 two box
docker inspect -f '{{range $name, $place := .NetworkSettings.Networks}}{{$name}} {{$place.IPAddress}} {{end}}' box
docker network connect two box
docker network rm two
docker network disconnect two box
docker inspect -f '{{range $name, $place := .NetworkSettings.Networks}}{{$name}} {{end}}' box
docker network disconnect two box
docker network rm two
docker rm -f box

# case: rename-running
# vm
docker network create --subnet 10.77.0.0/24 shop
docker run -d --name old --hostname host --network shop --network-alias store busybox sleep 1000
docker rename old new
docker run --rm --network shop busybox sh -c 'for name in new store old; do ping -c 1 -q $name 2>&1 | grep -e packets -e bad; done'
docker exec new hostname
docker inspect -f '{{with .NetworkSettings}}{{json .IPAddress}} {{.IPPrefixLen}} {{json .Gateway}}{{end}}' new
docker rm -f new
docker network rm shop

# case: run-on-an-unknown-network
# vm
# words: network nosuch not found
docker run --name one --network nosuch busybox true
docker ps -a --format '{{.Names}} {{.Status}}'

# case: run-after-rm
# vm
docker network create shop
docker create --name one --network shop busybox true
docker network rm shop
docker start one

# case: start-on-a-network-with-another-subnet
# vm
docker network create --subnet 10.77.0.0/24 shop
docker create --name one --network shop --ip 10.77.0.9 busybox true
docker network rm shop
docker network create --subnet 10.78.0.0/24 shop
docker start one

# case: names-with-the-network
# vm
docker network create --subnet 10.77.0.0/24 shop
docker network create --subnet 10.78.0.0/24 back
docker run -d --name web --hostname host --network shop --network-alias store --ip 10.77.0.9 busybox sleep 1000
docker run --rm --network shop busybox sh -c 'for name in web.shop store.shop host.shop web.back nobody.shop web.shop.; do ping -c 1 -q $name 2>&1 | grep -e packets -e bad; done'
docker run --rm --network shop busybox sh -c 'nslookup 10.77.0.9 127.0.0.11 | grep -i "name ="'
docker run --rm --network shop --link web:linked busybox sh -c 'for name in linked linked.shop; do ping -c 1 -q $name 2>&1 | grep -e packets -e bad; done'
docker rm -f web

# case: alias-without-a-network
# vm
docker run --rm --network-alias db busybox true
docker run --rm --ip 10.77.0.9 busybox true

# case: events
docker network create watched
docker network rm watched
sleep 1
docker events --since 0 --until 0s --filter network=watched --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}}'
