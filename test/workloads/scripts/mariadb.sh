#!/usr/bin/env bash
# MariaDB: health check, transactions on a named volume, a dump that a second box loads over a network
# packages: mariadb-server
. "$LIB"

serve='mkdir -p /run/mysqld; chown mysql /run/mysqld; [ -d /data/mysql ] || mariadb-install-db --user=mysql --datadir=/data --skip-test-db >/dev/null
  exec mariadbd --user=mysql --datadir=/data --bind-address=0.0.0.0 --socket=/run/mysqld/mysqld.sock'
docker network create back >/dev/null
start() {
  docker run -d --name "$1" --network back -p 127.0.0.1::3306 -v mysql:/data --health-cmd 'mariadb-admin ping' --health-interval 10s \
    --health-timeout 60s --health-start-period 10m "$IMAGE" sh -c "$serve" >/dev/null
  await_health "$1"
}
start db
docker exec -i db mariadb <<'SQL'
CREATE DATABASE shop;
CREATE TABLE shop.items (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20)) ENGINE=InnoDB;
INSERT INTO shop.items (name) SELECT CONCAT('item ', seq) FROM shop.items RIGHT JOIN (
  WITH RECURSIVE n AS (SELECT 1 AS seq UNION ALL SELECT seq + 1 FROM n WHERE seq < 500) SELECT seq FROM n) AS s ON FALSE;
START TRANSACTION;
DELETE FROM shop.items;
ROLLBACK;
SQL
same 500 "$(docker exec db mariadb -Ne 'SELECT COUNT(*) FROM shop.items')"
docker exec db mariadb -e 'CREATE USER ann IDENTIFIED BY "secret"; GRANT ALL ON *.* TO ann'
docker exec db mariadb-dump shop >dump.sql
client() {
  docker run --rm -i --name client --network back -e MYSQL_PWD=secret "$IMAGE" "$@"
}
client mariadb -h db -u ann -e 'CREATE DATABASE copy'
client mariadb -h db -u ann copy <dump.sql
measure db
contains "$(head -c 40 <"/dev/tcp/127.0.0.1/$(port db 3306)" | tr -d '\0')" MariaDB
docker stop -t 120 db >/dev/null
docker logs db 2>&1 | grep 'Shutdown complete'
docker rm db >/dev/null
start db
same 500 "$(client mariadb -h db -u ann -Ne 'SELECT COUNT(*) FROM copy.items')"
