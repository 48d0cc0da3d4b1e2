#!/usr/bin/env bash
# PostgreSQL: health check, pgbench with 2 clients, a dump that is restored, a restart
# packages: postgresql
# setup: ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/; rm -rf /var/lib/postgresql/*
. "$LIB"

serve='[ -d ~/data ] || initdb -D ~/data --auth trust >/dev/null; exec postgres -D ~/data -h "*"'
docker run -d --name db --user postgres -e HOME=/var/lib/postgresql -v pgdata:/var/lib/postgresql -p 127.0.0.1::5432 \
  --health-cmd 'pg_isready -q -h 127.0.0.1' --health-interval 10s --health-timeout 60s --health-start-period 10m \
  --stop-signal SIGINT "$IMAGE" sh -c "$serve" >/dev/null
await_health db
docker exec db pgbench -q -i -s 1 postgres
docker exec db pgbench -c 2 -t 20 postgres | grep 'transactions actually processed: 40/40'
measure db
same 100000 "$(docker exec db psql -Atc 'SELECT count(*) FROM pgbench_accounts' postgres)"
docker exec db createdb copy
docker exec db pg_dump -t pgbench_history postgres | docker exec -i db psql -q copy >/dev/null
docker stop -t 120 db >/dev/null
same 0 "$(docker inspect -f '{{.State.ExitCode}}' db)"
docker logs db 2>&1 | grep 'database system is shut down'
docker start db >/dev/null
docker exec db sh -c 'until pg_isready -q; do :; done'
same 40 "$(docker exec db psql -Atc 'SELECT count(*) FROM pgbench_history' copy)"
