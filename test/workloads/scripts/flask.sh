#!/usr/bin/env bash
# Flask: a development server that reloads when its source changes on the host
# packages: python3-flask
. "$LIB"

mkdir src
serve() {
  printf 'from flask import Flask\napp = Flask(__name__)\n@app.get("/")\ndef page(): return "%s"\n' "$1" >src/app.py
}
serve one
docker run -d --name dev -p 127.0.0.1::5000 -v "$PWD/src:/src" -w /src "$IMAGE" \
  flask --debug run --host 0.0.0.0 --no-debugger >/dev/null
url=http://127.0.0.1:$(port dev 5000)/
same one "$(fetch "$url")"
serve two
await_log dev "Detected change in '/src/app.py', reloading"
# The old process may answer once more.
until [ "$(fetch "$url")" = two ]; do :; done
measure dev
