#!/usr/bin/env bash
# Compiles a project and runs its tests in a container, as the user who owns the checkout.
set -euo pipefail

IMAGE=${IMAGE:-python:3.12-slim}

mkdir -p shop tests reports
touch shop/__init__.py tests/__init__.py
cat >shop/cart.py <<'PY'
import os

def total(prices):
    return sum(prices) * (100 + int(os.environ["TAX"])) // 100
PY
cat >tests/test_cart.py <<'PY'
import unittest
from shop.cart import total

class Cart(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([100, 200]), 360)
PY
cat >ci.env <<'ENV'
# Settings of this job
TAX=20
PYTHONDONTWRITEBYTECODE=1
ENV

in_container() {
  docker run --rm \
    -v "$PWD":/src -w /src \
    -u "$(id -u):$(id -g)" \
    --env-file ci.env -e HOME=/tmp -e CI \
    "$IMAGE" "$@"
}

export CI=true
echo "--- build"
in_container sh -euc 'python3 -m py_compile shop/*.py; tar -czf reports/shop.tar.gz shop; echo "built for CI=$CI"' | tee build.log
grep -qx 'built for CI=true' build.log
[ "$(stat -c %u:%g reports/shop.tar.gz)" = "$(id -u):$(id -g)" ]
tar -tzf reports/shop.tar.gz | grep '^shop/cart.py$'

echo "--- test"
in_container python3 -m unittest -v tests.test_cart 2>&1 | tee reports/unittest.log
grep -q '^OK$' reports/unittest.log

echo "--- a broken commit must fail the job"
sed -i 's/360/361/' tests/test_cart.py
code=0
in_container python3 -m unittest tests.test_cart >reports/broken.log 2>&1 || code=$?
if [ "$code" -ne 1 ]; then
  echo "expected exit code 1 from the test run, got $code" >&2
  cat reports/broken.log >&2
  exit 1
fi
grep -q '^AssertionError: 360 != 361$' reports/broken.log
