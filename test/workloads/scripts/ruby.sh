#!/usr/bin/env bash
# Ruby: build and install a gem, a WEBrick server that stops on SIGINT
# packages: ruby ruby-webrick
. "$LIB"

mkdir -p gem/lib
cat >gem/greet.gemspec <<'RUBY'
Gem::Specification.new do |s|
  s.name, s.version, s.summary, s.authors, s.files = "greet", "1.0.0", "greets", ["Ann"], ["lib/greet.rb"]
end
RUBY
echo 'module Greet; def self.text = "hello from #{Thread.new { RUBY_ENGINE }.value}"; end' >gem/lib/greet.rb
cat >server.rb <<'RUBY'
require "webrick"
require "greet"
server = WEBrick::HTTPServer.new(Port: 8000)
server.mount_proc("/") { |_, response| response.body = Greet.text }
trap("INT") { server.shutdown }
server.start
RUBY
docker run -d --name app --stop-signal SIGINT -p 127.0.0.1::8000 -v "$PWD:/app:ro" "$IMAGE" sh -c '
  cp -r /app/gem /tmp && cd /tmp/gem && gem build -q greet.gemspec && gem install --local greet-1.0.0.gem &&
  exec ruby /app/server.rb' >/dev/null
same 'hello from ruby' "$(fetch "http://127.0.0.1:$(port app 8000)/")"
measure app
docker stop -t 60 app >/dev/null
same 0 "$(docker inspect -f '{{.State.ExitCode}}' app)"
