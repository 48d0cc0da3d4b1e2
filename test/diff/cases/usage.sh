Mistakes on the command line: arguments that are missing or too many, unknown flags and commands.

# case: no-such-command
# words: is not a docker command|unknown command
docker nosuch
docker nosuch --flag value
docker --nosuch ps

# case: no-such-command-of-a-group
docker container nosuch
docker image nosuch
docker volume nosuch
docker system nosuch
docker network nosuch

# case: run
# words: requires at least 1 argument
# words: unknown flag
docker run
docker run --rm
docker run --nosuch busybox
docker run --nosuch=1 busybox true
docker run -y busybox

# case: create
# words: requires at least 1 argument
docker create
docker create --name x
docker create --nosuch busybox

# case: start
# words: requires at least 1 argument
docker start
docker start --nosuch x

# case: stop
# words: requires at least 1 argument
docker stop
docker stop --nosuch x
docker stop -t

# case: restart
docker restart
docker restart --nosuch x

# case: kill
docker kill
docker kill --nosuch x
docker kill -s

# case: rm
docker rm
docker rm --nosuch x

# case: wait
docker wait
docker wait --nosuch x

# case: pause
docker pause
docker unpause
docker pause --nosuch x

# case: rename
# words: requires 2 arguments
docker rename
docker rename x
docker rename x y z

# case: exec
# words: requires at least 2 arguments
docker exec
docker exec x
docker exec -it x
docker exec --nosuch x true

# case: attach
docker attach
docker attach x y
docker attach --nosuch x

# case: logs
docker logs
docker logs x y
docker logs --nosuch x
docker logs --tail x

# case: ps
docker ps x
docker ps --nosuch
docker ps -n

# case: top
docker top

# case: stats
docker stats --nosuch

# case: port
docker port
docker port x 80 81

# case: diff
docker diff
docker diff x y

# case: cp
# words: requires 2 arguments
docker cp
docker cp x
docker cp x:/a b c
docker cp --nosuch x:/a b

# case: cp-between-boxes
docker cp x:/a y:/b

# case: cp-without-a-box
docker cp a b

# case: export
docker export
docker export x y

# case: import
docker import

# case: commit
docker commit
docker commit x y z

# case: update
docker update
docker update x
docker update --nosuch x

# case: inspect
docker inspect
docker inspect --nosuch x

# case: images
docker images x y
docker images --nosuch

# case: rmi
docker rmi
docker rmi --nosuch x

# case: tag
# words: requires 2 arguments
docker tag
docker tag x
docker tag x y z

# case: history
docker history
docker history x y

# case: save
docker save

# case: load
docker load x
docker load --nosuch

# case: pull
docker pull
docker pull x y
docker pull --nosuch x

# case: push
docker push
docker push x y

# case: login
docker login x y
docker login --nosuch
docker login -u ann -p

# case: logout
docker logout x y

# case: volume-create
docker volume create x y
docker volume create --nosuch

# case: volume-rm
docker volume rm
docker volume rm --nosuch x

# case: volume-inspect
docker volume inspect

# case: volume-ls
docker volume ls x
docker volume ls --nosuch

# case: volume-prune
docker volume prune x
docker volume prune --nosuch

# case: network
docker network inspect
docker network rm
docker network create
docker network ls x

# case: events
docker events x
docker events --nosuch

# case: info
docker info x
docker info --nosuch

# case: version
docker version x
docker version --nosuch

# case: system-df
docker system df x
docker system df --nosuch

# case: system-prune
docker system prune x
docker system prune --nosuch

# case: container-group
docker container run
docker container create
docker container rm
docker container ls x

# case: image-group
docker image rm
docker image inspect
docker image ls x y
docker image tag x

# case: a-value-that-is-missing
docker run -e
docker run --name
docker create --label
docker ps --filter
docker ps --format

# case: a-shorthand-that-is-unknown
# words: unknown shorthand flag
docker ps -z
docker rm -z x
docker run -z busybox
docker logs -z x

# case: a-flag-of-another-command
docker rm --rm x
docker start -d x
docker stop -f x
docker exec --rm x true
