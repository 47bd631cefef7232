#!/usr/bin/env bash
# A real RabbitMQ node on loopback, from Debian's package, with data and ports of its own.
#   scripts/rabbitmq.sh start FOLDER   prints the address
#   scripts/rabbitmq.sh stop FOLDER
set -euo pipefail
command=$1 work=$2
server=/usr/lib/rabbitmq/bin

free_ports() {
  python3 -c 'import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))' "$1"
}

as_node() { # a node and its tools share a cookie below HOME, and refuse root's
  local run=(env -i PATH="$PATH" LANG=C.UTF-8 HOME="$work/node" "ERL_EPMD_PORT=$(cat "$work/epmd")" \
    ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_NODENAME=lantai@localhost RABBITMQ_CONF_ENV_FILE=/dev/null \
    RABBITMQ_CONFIG_FILE="$work/node/rabbitmq.conf" RABBITMQ_MNESIA_BASE="$work/node/data" \
    RABBITMQ_LOG_BASE="$work/node/log" RABBITMQ_ENABLED_PLUGINS_FILE="$work/node/plugins" \
    RABBITMQ_PID_FILE="$work/node/pid" "RABBITMQ_DIST_PORT=$(cat "$work/dist")" "$@")
  [ "$(id -u)" != 0 ] || run=(runuser -u rabbitmq -- "${run[@]}")
  (cd / && "${run[@]}")
}

start() {
  mkdir -p "$work/node"
  chmod 755 "$work"
  local amqp epmd dist
  read -r amqp epmd dist <<<"$(free_ports 3)"
  echo "$epmd" >"$work/epmd"
  echo "$dist" >"$work/dist"
  printf '[].\n' >"$work/node/plugins"
  cat >"$work/node/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$amqp
disk_free_limit.absolute = 50MB
log.file.level = warning
CONF
  [ "$(id -u)" != 0 ] || chown -R rabbitmq "$work/node"
  as_node "$server/rabbitmq-server" >"$work/node.log" 2>&1 &
  for _ in $(seq 300); do
    if python3 -c "import socket; socket.create_connection(('127.0.0.1', $amqp), 1)" 2>/dev/null; then
      echo "amqp://guest:guest@127.0.0.1:$amqp//"
      return
    fi
    sleep 0.1
  done
  cat "$work/node.log" "$work"/node/log/* >&2
  exit 3
}

stop() {
  [ ! -s "$work/node/pid" ] || as_node "$server/rabbitmqctl" -q shutdown >/dev/null 2>&1 || true
  [ ! -s "$work/epmd" ] || as_node epmd -port "$(cat "$work/epmd")" -kill >/dev/null 2>&1 || true
}

$command
