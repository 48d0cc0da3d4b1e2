#!/usr/bin/env bash
# Go: build and test with a cache on a named volume, a server that shuts down on SIGTERM
# packages: golang-go gcc libc6-dev
. "$LIB"

cat >go.mod <<'MOD'
module example.org/hello
go 1.19
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"os/signal"
	"sync"
	"syscall"
)

func Sum(n int) (sum int) {
	var wait sync.WaitGroup
	var lock sync.Mutex
	for i := 0; i < n; i++ {
		wait.Add(1)
		go func(i int) { lock.Lock(); sum += i; lock.Unlock(); wait.Done() }(i)
	}
	wait.Wait()
	return
}

func main() {
	stop, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	server := http.Server{Addr: ":80", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "sum", Sum(1000))
	})}
	go server.ListenAndServe()
	fmt.Println("ready")
	<-stop.Done()
	server.Shutdown(context.Background())
	fmt.Println("bye")
}
GO
cat >main_test.go <<'GO'
package main

import "testing"

func TestSum(t *testing.T) {
	if Sum(1000) != 499500 {
		t.Fail()
	}
}
GO
build() {
  docker run --rm --name build -m 2g -v "$PWD:/src" -v gocache:/root/.cache -w /src "$IMAGE" "$@"
}
build go build -o server .
build go test | grep '^ok'
docker run -d --name server -p 127.0.0.1::80 -v "$PWD/server:/server:ro" "$IMAGE" /server >/dev/null
same 'sum 499500' "$(fetch "http://127.0.0.1:$(port server 80)/")"
measure server
docker stop server >/dev/null
docker logs server | grep -x bye
