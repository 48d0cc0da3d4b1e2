#!/usr/bin/env bash
# Node.js: npm install into a volume as the calling user, an Express server
# packages: nodejs npm
. "$LIB"

cat >package.json <<'JSON'
{ "name": "app", "version": "1.0.0", "type": "module", "dependencies": { "express": "4.21.2" } }
JSON
cat >server.js <<'JS'
import express from "express";
const server = express()
  .get("/", (_, response) => response.json({ version: process.version, uid: process.getuid() }))
  .listen(3000, () => console.log("ready"));
process.once("SIGTERM", () => server.close(() => console.log("bye")));
JS
certificates=/etc/ssl/certs/ca-certificates.crt
chown -R 1000:1000 .
docker run --rm -m 2g -u 1000:1000 -v "$PWD:/app" -w /app -e HOME=/tmp -e NODE_EXTRA_CA_CERTS=$certificates \
  -v $certificates:$certificates:ro "$IMAGE" npm install --no-audit --no-fund --no-update-notifier
same 1000 "$(stat -c %u node_modules/express/package.json)"
docker run -d --name app -u 1000:1000 -p 127.0.0.1::3000 -v "$PWD:/app:ro" -w /app "$IMAGE" node server.js >/dev/null
contains "$(fetch "http://127.0.0.1:$(port app 3000)/")" '"uid":1000'
measure app
docker stop -t 60 app >/dev/null
docker logs app | grep -x bye
same 0 "$(docker inspect -f '{{.State.ExitCode}}' app)"
