#!/usr/bin/env bash
# PHP: nginx and PHP-FPM over a Unix socket, sessions, SQLite
# packages: php-fpm php-sqlite3 nginx-light
# setup: ln -s /usr/sbin/php-fpm* /usr/sbin/php-fpm; mkdir -p /run/php
. "$LIB"

cat >site.conf <<'CONF'
server {
  listen 80;
  root /site;
  location ~ \.php$ {
    include snippets/fastcgi-php.conf;
    fastcgi_pass unix:/run/php/fpm.sock;
  }
}
CONF
mkdir site
cat >site/count.php <<'PHP'
<?php
session_start();
$_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
$db = new PDO('sqlite:/tmp/site.db');
$db->exec('CREATE TABLE IF NOT EXISTS visits (at)');
$db->exec("INSERT INTO visits VALUES (datetime('now'))");
echo $_SESSION['n'], ' of ', $db->query('SELECT COUNT(*) FROM visits')->fetchColumn();
PHP
docker run -d --name site -p 127.0.0.1::80 -v "$PWD/site:/site:ro" \
  --mount "type=bind,source=$PWD/site.conf,target=/etc/nginx/sites-enabled/default,readonly" "$IMAGE" sh -c '
  mkdir -p /run/php && sed -i "s#^listen = .*#listen = /run/php/fpm.sock#" /etc/php/*/fpm/pool.d/www.conf &&
  php-fpm && exec nginx -g "daemon off;"' >/dev/null
url=http://127.0.0.1:$(port site 80)/count.php
same '1 of 1' "$(fetch -c cookies "$url")"
same '2 of 2' "$(fetch -b cookies "$url")"
same '1 of 3' "$(fetch "$url")"
measure site
