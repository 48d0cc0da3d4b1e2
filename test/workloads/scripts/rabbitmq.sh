#!/usr/bin/env bash
# RabbitMQ: health check, a durable queue that two boxes use over a network by an alias, a restart
# packages: rabbitmq-server python3-pika
. "$LIB"

docker network create work >/dev/null
docker run -d --name mq -h mq --network work --network-alias queue --user rabbitmq -v rabbit:/var/lib/rabbitmq \
  -p 127.0.0.1::5672 -e RABBITMQ_LOGS=- -e 'RABBITMQ_SERVER_START_ARGS=-rabbit loopback_users []' \
  --health-cmd 'nc -z 127.0.0.1 5672' --health-interval 10s --health-start-period 10m --health-timeout 60s \
  "$IMAGE" rabbitmq-server >/dev/null
await_health mq
cat >send.py <<'PYTHON'
import pika
channel = pika.BlockingConnection(pika.ConnectionParameters("queue")).channel()
channel.queue_declare("jobs", durable=True)
channel.confirm_delivery()
for i in range(100):
    channel.basic_publish("", "jobs", b"job %d" % i, pika.BasicProperties(delivery_mode=2))
PYTHON
cat >receive.py <<'PYTHON'
import pika
channel = pika.BlockingConnection(pika.ConnectionParameters("queue")).channel()
for i, (frame, _, body) in enumerate(channel.consume("jobs", inactivity_timeout=300)):
    assert body == b"job %d" % i, body
    channel.basic_ack(frame.delivery_tag)
    if i == 99: break
print("received", i + 1)
PYTHON
client() {
  docker run --rm -i --name client --network work "$IMAGE" python3 - <"$1"
}
client send.py
measure mq
exec 3<>"/dev/tcp/127.0.0.1/$(port mq 5672)"
printf 'AMQP\x00\x00\x09\x01' >&3
contains "$(head -c 300 <&3 | tr -d '\0')" rabbit@mq
exec 3>&-
docker restart -t 120 mq >/dev/null
await_health mq
same 'received 100' "$(client receive.py)"
