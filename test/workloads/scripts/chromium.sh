#!/usr/bin/env bash
# Chromium: a screenshot of a page on a volume, as an ordinary user and with Chromium's own sandbox
# packages: chromium chromium-sandbox fonts-dejavu-core
. "$LIB"

mkdir site
echo '<body style="background: #00f"><script>document.write("<h1>" + 6 * 7 + "</h1>")</script>' >site/index.html
docker run -d --name browser -m 2g --shm-size 256m --cap-add SYS_ADMIN -u "$(id -u):$(id -g)" -e HOME=/tmp \
  -v "$PWD/site:/site" -w /site "$IMAGE" sleep infinity >/dev/null
[ "$(id -u)" != 0 ] || chown 1000:1000 site
docker exec -u 1000:1000 browser chromium --headless=new --disable-gpu --window-size=320,240 \
  --screenshot=page.png file:///site/index.html 2>&1 | grep 'written to file'
# Width and height of the PNG, big-endian.
same '00000140000000f0' "$(od -An -v -tx1 -j16 -N8 site/page.png | tr -d ' \n')"
measure browser
