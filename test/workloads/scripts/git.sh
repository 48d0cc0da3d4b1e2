#!/usr/bin/env bash
# Git over HTTP: lighttpd with git http-backend; clone, push and fetch from two boxes
# packages: git lighttpd
. "$LIB"

cat >git.conf <<'CONF'
server.modules = ("mod_alias", "mod_cgi", "mod_setenv", "mod_accesslog")
server.document-root = "/var/empty"
server.port = 80
server.errorlog = "/dev/stderr"
accesslog.filename = "/dev/stderr"
alias.url = ("/git" => "/usr/lib/git-core/git-http-backend")
$HTTP["url"] =~ "^/git" {
  cgi.assign = ("" => "")
  setenv.add-environment = ("GIT_PROJECT_ROOT" => "/srv/git", "GIT_HTTP_EXPORT_ALL" => "")
}
CONF
docker run -d --name server -p 127.0.0.1::80 -v repositories:/srv/git -v "$PWD/git.conf:/git.conf:ro" "$IMAGE" sh -c '
  git init -q --bare -b main /srv/git/app.git && git -C /srv/git/app.git config http.receivepack true &&
  exec lighttpd -D -f /git.conf' >/dev/null
url=http://server:$(port server 80)/git/app.git
client() {
  docker run -d --name "$1" --add-host server:host-gateway -e GIT_AUTHOR_NAME="$1" -e GIT_AUTHOR_EMAIL="$1@example.org" \
    -e GIT_COMMITTER_NAME="$1" -e GIT_COMMITTER_EMAIL="$1@example.org" -w /work "$IMAGE" sleep infinity >/dev/null
}
client ann
client bob
fetch -o /dev/null "http://127.0.0.1:$(port server 80)/git/app.git/info/refs?service=git-upload-pack"
docker exec ann sh -euc "git clone -q $url . 2>/dev/null; head -c 2000000 /dev/urandom >data; git add .; git commit -qm 'Add data'; git push -q origin HEAD:main"
docker exec bob sh -euc "git clone -q $url .; echo bob >name; git add .; git commit -qm 'Add a name'; git push -q"
docker exec ann git pull -q --ff-only origin main
same 'bob' "$(docker exec ann cat name)"
same "$(docker exec ann git rev-parse HEAD)" "$(docker exec bob git rev-parse HEAD)"
docker exec server git -C /srv/git/app.git fsck --strict
measure server
