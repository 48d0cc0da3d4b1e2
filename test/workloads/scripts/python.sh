#!/usr/bin/env bash
# Python: a virtual environment on a volume, pip install of a local project, a pool of processes
# packages: python3 python3-venv
. "$LIB"

mkdir -p app/greet
cat >app/setup.py <<'PY'
from setuptools import setup
setup(name="greet", version="1.0", packages=["greet"], entry_points={"console_scripts": ["greet = greet:main"]})
PY
cat >app/greet/__init__.py <<'PY'
import multiprocessing, os, sqlite3, ssl
def square(n): return n * n
def main():
    with multiprocessing.Pool(4) as pool:
        print("sum", sum(pool.map(square, range(100))))
    print("environment", os.environ.get("VIRTUAL_ENV"), ssl.OPENSSL_VERSION.split()[0])
PY
docker run -d --name dev -v "$PWD/app:/app" -w /app "$IMAGE" sleep infinity >/dev/null
docker exec dev python3 -m venv .venv
docker exec dev .venv/bin/pip install -q --no-index --no-build-isolation --no-use-pep517 --root-user-action=ignore . 2>&1 |
  grep -v DEPRECATION || true
same $'sum 328350\nenvironment /app/.venv OpenSSL' \
  "$(docker exec -e VIRTUAL_ENV=/app/.venv -e PATH=/app/.venv/bin:/usr/bin:/bin dev greet)"
[ -L app/.venv/bin/python3 ]
measure dev
