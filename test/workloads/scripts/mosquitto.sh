#!/usr/bin/env bash
# Mosquitto: MQTT with a password, retained and queued messages across a restart, a subscriber in a second box
# packages: mosquitto mosquitto-clients
. "$LIB"

cat >broker.conf <<'CONF'
listener 1883 0.0.0.0
password_file /etc/mosquitto/passwords
persistence true
persistence_location /mosquitto/
log_dest stderr
CONF
docker run -d --name broker -p 127.0.0.1::1883 -v state:/mosquitto -v "$PWD/broker.conf:/broker.conf:ro" "$IMAGE" sh -c '
  mosquitto_passwd -c -b /etc/mosquitto/passwords ann secret && chown -R mosquitto /etc/mosquitto/passwords /mosquitto &&
  exec mosquitto -c /broker.conf' >/dev/null
await_log broker 'running'
user=(-h broker -u ann -P secret -q 1)
docker run -d --name client --add-host broker:host-gateway "$IMAGE" sleep infinity >/dev/null
client() {
  docker exec client "$@" -p "$(port broker 1883)"
}
client mosquitto_pub "${user[@]}" -t state -m on -r
client mosquitto_sub "${user[@]}" -t jobs -i worker -c -E
for i in 1 2 3; do client mosquitto_pub "${user[@]}" -t jobs -m "job $i"; done
docker restart -t 60 broker >/dev/null
docker exec broker sh -c 'until nc -z 127.0.0.1 1883; do :; done'
measure broker
same on "$(client mosquitto_sub "${user[@]}" -t state -C 1 -W 120)"
same $'job 1\njob 2\njob 3' "$(client mosquitto_sub "${user[@]}" -t jobs -i worker -c -C 3 -W 120)"
code=0
client mosquitto_pub -h broker -u ann -P wrong -t state -m off 2>/dev/null || code=$?
[ "$code" != 0 ]
