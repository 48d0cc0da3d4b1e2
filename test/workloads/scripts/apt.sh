#!/usr/bin/env bash
# apt: a package that is built in one box, served by a second and installed in a third, of which an image is made
# packages: dpkg-dev nginx-light
. "$LIB"

mkdir repo
docker run --rm -v "$PWD/repo:/repo" -w /repo "$IMAGE" sh -euc '
  mkdir -p /tmp/hello/DEBIAN /tmp/hello/usr/bin
  printf "#!/bin/sh\ncat /var/lib/hello/text\n" >/tmp/hello/usr/bin/hello
  printf "#!/bin/sh\nset -e\nuseradd -r -m -d /var/lib/hello hello\nsu hello -s /bin/sh -c \"echo installed >/var/lib/hello/text\"\n" \
    >/tmp/hello/DEBIAN/postinst
  chmod 755 /tmp/hello/usr/bin/hello /tmp/hello/DEBIAN/postinst
  printf "%s\n" "Package: hello" "Version: 1.0" "Architecture: all" "Depends: passwd" "Maintainer: nobody" "Description: hello" \
    >/tmp/hello/DEBIAN/control
  dpkg-deb --build --root-owner-group /tmp/hello . >/dev/null
  dpkg-scanpackages . >Packages 2>/dev/null'
docker network create lan >/dev/null
docker run -d --name repo --network lan -v "$PWD/repo:/var/www/html:ro" "$IMAGE" nginx -g 'daemon off;' >/dev/null
docker run --name new --network lan "$IMAGE" sh -euc '
  echo "deb [trusted=yes] http://repo ./" >/etc/apt/sources.list
  echo "Acquire::http::Proxy::repo \"DIRECT\";" >/etc/apt/apt.conf.d/99repo
  until curl -fso /dev/null http://repo/Packages; do :; done
  apt-get -qq update
  apt-get -qq -y install hello'
docker diff new | grep -x 'A /usr/bin/hello'
docker diff new | grep -x 'C /etc/passwd'
docker commit -c 'USER hello' -c 'CMD ["hello"]' new workload/hello >/dev/null
same installed "$(docker run --rm workload/hello)"
same 'ii  hello          1.0' "$(docker run --rm workload/hello dpkg -l hello | grep -o '^ii  hello  *1\.0')"
docker rmi workload/hello >/dev/null
measure repo
