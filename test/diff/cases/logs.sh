Logs of boxes that the cases share: one that has ended and one that runs.

# shared
docker run --name ended -l tier=back busybox sh -c 'for i in 1 2 3 4 5; do echo "line $i"; sleep 0.1; done; echo oops >&2' >/dev/null 2>&1
docker run -d --name running busybox sh -c 'echo first; echo second; sleep 1000'
docker create --name never busybox true
await second docker logs running

# case: all
docker logs ended
docker logs running
docker logs never
docker container logs running

# case: tail
docker logs --tail 2 ended
docker logs -n 1 ended
docker logs -n1 ended
docker logs --tail=0 ended
docker logs --tail all ended
docker logs --tail 100 ended
docker logs --tail -1 ended
docker logs --tail '' ended

# case: tail-that-is-wrong
docker logs --tail x ended

# case: timestamps
docker logs -t ended
docker logs --timestamps --tail 1 running
docker logs -t -n 1 ended >out 2>&1
note grep -cE '^[0-9-]{10}T[0-9:]{8}\.[0-9]{9}Z ' out

# case: since-and-until
docker logs --since 1h ended
docker logs --since 0s ended
docker logs --until 1h ended
docker logs --until 0s ended
docker logs --since 2000-01-01 ended
docker logs --since 2000-01-01T00:00:00 --until 2000-01-02T00:00:00Z ended
docker logs --since 2000-01-01T00:00:00.123456789Z --tail 1 ended
docker logs --since 946684800 ended
docker logs --since 2100-01-01 ended
docker logs --since '' ended

# case: since-one-of-the-lines
docker logs -t ended >all 2>/dev/null
third=$(sed -n 3p all | cut -d ' ' -f 1)
docker logs --since $third ended
docker logs --until $third ended

# case: since-that-is-wrong
docker logs --since yesterday ended
docker logs --until x ended

# case: details
docker logs --details ended
docker logs --details -t -n 1 ended

# case: streams-apart
docker logs ended 2>/dev/null
docker logs ended 2>&1 >/dev/null

# case: follow-one-that-has-ended
docker logs -f ended
docker logs -f --tail 1 ended

# case: follow-one-that-runs
timeout 5 docker logs -f running | head -n 2 >out
note cat out

# case: several
docker logs ended running

# case: by-id
docker logs -n 1 $(docker ps -aq -f name=ended)
docker logs -n 1 /ended

# case: ended-and-ps
docker ps -a -f exited=0 --format '{{.Names}} {{.Status}}'
docker ps -a -f status=exited --format '{{.Names}}'
docker ps -l --format '{{.Names}}'
docker ps --format '{{.Names}}'
docker inspect -f '{{.State.Status}} {{.State.Running}} {{.State.ExitCode}} {{.State.Pid}} {{.State.StartedAt}} {{.State.FinishedAt}}' ended
docker wait ended
docker stop ended
docker kill ended

# case: ended-and-streams
docker attach ended
docker exec ended true
docker top ended
docker pause ended
docker port ended

# case: cp-and-diff-of-an-ended-box
# vm
docker cp ended:/etc/hostname - >out.tar
note tar tf out.tar
docker diff ended
echo x >file
docker cp file ended:/tmp/file
docker cp ended:/tmp/file back
note cat back
docker export ended >all.tar
note sh -c 'tar tf all.tar | grep -c "^bin/busybox$"'
docker commit ended mine >out
note grep -c sha256 out
