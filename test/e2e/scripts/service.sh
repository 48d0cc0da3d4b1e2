#!/usr/bin/env bash
# Starts the application in a container, tests it through its published port, and stops it.
set -euo pipefail

NAME=ci-app-$$
trap 'code=$?; [ "$code" -eq 0 ] || docker logs --tail 20 "$NAME"; docker rm -fv "$NAME" >/dev/null 2>&1 || true' EXIT

cat >app.py <<'PY'
import os, signal, socket, sys

signal.signal(signal.SIGTERM, lambda *_: (print("shutting down"), sys.exit(0)))
server = socket.create_server(("0.0.0.0", 8000))
print("listening in", os.getcwd(), "with", os.environ["MODE"], flush=True)
while True:
    client, _ = server.accept()
    request = client.recv(65536).decode().split("\r\n")[0]
    print(request, flush=True)
    body = f"{request} from {socket.gethostname()}\n"
    client.sendall(f"HTTP/1.0 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    client.close()
PY

docker run -d --name "$NAME" -h app -p 127.0.0.1::8000 -e MODE=testing -v "$PWD:/app:ro" -w /app \
  python:3.12-slim python3 app.py >/dev/null

endpoint=$(docker port "$NAME" 8000/tcp)
port=${endpoint##*:}
[ "$endpoint" = "127.0.0.1:$port" ]

echo "Waiting for port $port"
for attempt in $(seq 1 600); do
  if curl -fsS -m 10 "http://$endpoint/health" >/dev/null 2>&1; then break; fi
  if [ "$(docker inspect -f '{{.State.Running}}' "$NAME")" != true ]; then
    echo "the application exited with $(docker inspect --format='{{.State.ExitCode}}' "$NAME")" >&2
    exit 1
  fi
  [ "$attempt" -lt 600 ] || { echo "the application is not up after five minutes" >&2; exit 1; }
  sleep 0.5
done

curl -fsS "http://localhost:$port/cart?item=1" | tee answer.txt
grep -qx 'GET /cart?item=1 HTTP/1.1 from app' answer.txt
docker logs "$NAME" 2>&1 | grep -x 'listening in /app with testing'
[ "$(docker logs "$NAME" | grep -c '^GET /cart')" -eq 1 ]
[ "$(docker exec "$NAME" printenv MODE)" = testing ]
code=0
docker exec -w /tmp "$NAME" sh -c '[ "$PWD" = /tmp ] && exit 42' || code=$?
[ "$code" -eq 42 ]

docker stop -t 60 "$NAME" >/dev/null
[ "$(docker wait "$NAME")" = 0 ]
docker logs "$NAME" 2>&1 | tail -n 1 | grep -x 'shutting down'
[ -z "$(docker ps -q --filter "name=$NAME")" ]
