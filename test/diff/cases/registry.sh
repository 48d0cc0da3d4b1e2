Pull, push, login and logout with a registry of the test's own.

# case: push
docker tag busybox $REGISTRY/one
docker push $REGISTRY/one
docker push $REGISTRY/one

# case: push-quietly
docker tag busybox $REGISTRY/quiet:1
docker push -q $REGISTRY/quiet:1
docker image push -q $REGISTRY/quiet:1

# case: push-all-tags
docker tag busybox $REGISTRY/all:1
docker tag busybox $REGISTRY/all:2
docker push -q -a $REGISTRY/all
docker push -q $REGISTRY/all
docker push -a $REGISTRY/all:1

# case: push-of-what-is-missing
# words: does not exist locally
docker push $REGISTRY/nosuch
docker push $REGISTRY/nosuch:tag
docker push -q $REGISTRY/nosuch
docker push Wrong/name

# case: pull
docker tag busybox $REGISTRY/two
docker push -q $REGISTRY/two
docker rmi $REGISTRY/two
docker pull $REGISTRY/two
docker pull $REGISTRY/two
docker images --format '{{.Repository}}:{{.Tag}}' $REGISTRY/two
docker images --digests --format '{{.Digest}}' $REGISTRY/two

# case: pull-quietly
docker tag busybox $REGISTRY/three:x
docker push -q $REGISTRY/three:x
docker rmi $REGISTRY/three:x
docker pull -q $REGISTRY/three:x
docker image pull --quiet $REGISTRY/three:x

# case: pull-newer
# words: Pulling
docker tag busybox $REGISTRY/newer
docker push -q $REGISTRY/newer
docker rmi $REGISTRY/newer
docker rmi tool
docker pull $REGISTRY/newer >out
note grep -o '^Status: .*' out
note grep -o '^Digest: .*' out
docker tag web $REGISTRY/newer
docker push -q $REGISTRY/newer
docker tag busybox $REGISTRY/newer
docker pull $REGISTRY/newer >out
note grep -o '^Status: .*' out
docker pull $REGISTRY/newer >out
note grep -o '^Status: .*' out

# case: pull-by-digest
docker tag busybox $REGISTRY/four
quiet docker push $REGISTRY/four >out
digest=$(grep -o 'sha256:[0-9a-f]*' out)
docker rmi $REGISTRY/four
docker pull -q $REGISTRY/four@$digest
docker images --digests --format '{{.Repository}} {{.Tag}} {{.Digest}}' $REGISTRY/four
docker inspect -f '{{json .RepoDigests}}' $REGISTRY/four@$digest
docker create --name one $REGISTRY/four@$digest
docker rmi -f $REGISTRY/four@$digest

# case: pull-all-tags
docker tag busybox $REGISTRY/many:1
docker tag web $REGISTRY/many:2
docker push -q -a $REGISTRY/many
docker rmi $REGISTRY/many:1 $REGISTRY/many:2
docker pull -q -a $REGISTRY/many
docker images --format '{{.Repository}}:{{.Tag}}' $REGISTRY/many

# case: pull-of-what-is-missing
# words: manifest unknown|not found
docker pull $REGISTRY/nosuch
docker pull $REGISTRY/nosuch:tag
docker pull -q $REGISTRY/nosuch

# case: pull-from-nowhere
docker pull 127.0.0.1:1/x
docker pull Wrong
docker pull x:y:z
docker pull -a $REGISTRY/x:1

# case: pull-for-another-platform
docker tag busybox $REGISTRY/platform
docker push -q $REGISTRY/platform
docker rmi $REGISTRY/platform
docker pull -q --platform linux/amd64 $REGISTRY/platform
docker pull -q --platform nosuch $REGISTRY/platform

# case: create-pulls
# words: Unable to find image '[^ ]*five:latest' locally
# words: Status: Downloaded newer image for
docker tag busybox $REGISTRY/five
docker push -q $REGISTRY/five
docker rmi $REGISTRY/five
docker create --name one $REGISTRY/five
docker create --name two $REGISTRY/five
docker create --name three --pull always $REGISTRY/five
docker rmi -f $REGISTRY/five
docker create --name four --quiet $REGISTRY/five
docker create --name five --pull never $REGISTRY/nosuch

# case: create-of-what-no-registry-has
# words: Unable to find image
# words: not found|manifest unknown
docker create $REGISTRY/nosuch
docker run $REGISTRY/nosuch
docker run --rm $REGISTRY/nosuch:tag true

# case: login
docker login -u ann -p 'secret pass:word' $PRIVATE
docker login $PRIVATE
docker logout $PRIVATE
docker logout $PRIVATE

# case: login-with-the-password-on-stdin
echo 'secret pass:word' | docker login -u ann --password-stdin $PRIVATE
docker tag busybox $PRIVATE/one
docker push -q $PRIVATE/one
docker rmi $PRIVATE/one
docker pull -q $PRIVATE/one
docker logout $PRIVATE
docker pull $PRIVATE/one

# case: login-that-fails
# words: unauthorized
echo wrong | docker login -u ann --password-stdin $PRIVATE
docker login -u nobody -p x $PRIVATE
docker login -u ann -p 'secret pass:word' 127.0.0.1:1

# case: login-with-wrong-flags
# words: --password-stdin
docker login --password-stdin $PRIVATE </dev/null
docker login -u ann -p x --password-stdin $PRIVATE </dev/null
docker login -u ann $PRIVATE </dev/null
docker login $PRIVATE </dev/null

# case: push-without-a-login
# words: no basic auth credentials|unauthorized|denied
docker tag busybox $PRIVATE/two
docker push $PRIVATE/two
docker push -q $PRIVATE/two
docker pull $PRIVATE/two

# case: login-writes-the-configuration
docker login -u ann -p 'secret pass:word' $PRIVATE
note sh -c 'tr -d "\n\t " <home/.docker/config.json'
docker logout $PRIVATE
note sh -c 'tr -d "\n\t " <home/.docker/config.json'
mkdir other
docker --config other login -u ann -p 'secret pass:word' $PRIVATE
note ls other

# case: logout-without-a-login
docker logout $REGISTRY
docker logout
