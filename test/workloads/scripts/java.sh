#!/usr/bin/env bash
# Java: compile on a volume, threads, a heap sized to the box's memory, SIGTERM runs shutdown hooks
# packages: openjdk-17-jdk-headless
. "$LIB"

cat >Main.java <<'JAVA'
import java.util.concurrent.*;
import java.util.stream.*;

public class Main {
  public static void main(String[] args) throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("bye")));
    ExecutorService pool = Executors.newFixedThreadPool(50);
    long sum = 0;
    for (Future<Integer> part : pool.invokeAll(
        IntStream.range(0, 1000).mapToObj(i -> (Callable<Integer>) () -> i).collect(Collectors.toList())))
      sum += part.get();
    System.out.println("sum " + sum);
    Runtime runtime = Runtime.getRuntime();
    System.out.println("cpus " + runtime.availableProcessors() + " heap " + (runtime.maxMemory() >> 20));
    System.out.println("ready");
    Thread.sleep(Long.MAX_VALUE);
  }
}
JAVA
docker run --rm -v "$PWD:/src" -w /src "$IMAGE" javac Main.java
docker run -d --name app -m 512m --cpus 2 -v "$PWD:/src:ro" -w /src "$IMAGE" java -XX:MaxRAMPercentage=50 Main >/dev/null
await_log app ready
docker logs app | grep -x 'sum 499500'
# Half of what the guest's kernel leaves of the 512 MB.
heap=$(docker logs app | sed -n 's/^cpus 2 heap //p')
[ "$heap" -gt 200 ] && [ "$heap" -le 256 ] || fail "the heap is $heap MB"
measure app
docker stop -t 60 app >/dev/null
docker logs app | grep -x bye
same 143 "$(docker inspect -f '{{.State.ExitCode}}' app)"
