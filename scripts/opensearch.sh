#!/usr/bin/env bash
# Real OpenSearch nodes on loopback, from the distribution that Maven Central holds for tests.
#   scripts/opensearch.sh start FOLDER [NODES]   prints the addresses, separated by commas
#   scripts/opensearch.sh stop FOLDER
# Needs the Debian packages maven and openjdk-17-jre-headless. Node N keeps its process id in FOLDER/N/pid.
set -euo pipefail
command=$1 work=$2 nodes=${3:-1}
version=2.19.1

stop() {
  for pid in "$work"/*/pid; do [ ! -s "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || true; done
}

free_ports() {
  python3 -c 'import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))' "$1"
}

fetch() { # the archive, kept where Maven keeps what it fetched
  mvn -q -B dependency:copy "-Dartifact=org.opensearch.distribution.integ-test-zip:opensearch:$version:zip" \
    "-DoutputDirectory=$work" >&2
  (cd "$work" && python3 -m zipfile -e "opensearch-$version.zip" . && rm "opensearch-$version.zip")
  chmod +x "$work/opensearch-$version"/bin/*
}

node() { # number, HTTP port, transport port, all transport addresses, all names
  local home=$work/$1
  cp -r "$work/opensearch-$version" "$home"
  cat >"$home/config/opensearch.yml" <<CONF
cluster.name: lantai-test
node.name: node-$1
network.host: 127.0.0.1
http.port: $2
transport.port: $3
discovery.seed_hosts: [$4]
cluster.initial_cluster_manager_nodes: [$5]
cluster.routing.allocation.disk.threshold_enabled: false
CONF
  [ "$(id -u)" != 0 ] || chown -R nobody "$home"
  local run=(env OPENSEARCH_JAVA_HOME="$java" \
    OPENSEARCH_JAVA_OPTS="-Xms512m -Xmx512m" "$home/bin/opensearch" -d -p "$home/pid")
  [ "$(id -u)" != 0 ] || run=(runuser -u nobody -- "${run[@]}") # a node refuses to run as root
  (cd / && "${run[@]}" >"$work/$1.log" 2>&1) & # returns when the node has found the others
}

start() {
  mkdir -p "$work"
  chmod 755 "$work"
  java=$(dirname "$(dirname "$(find /usr/lib/jvm -path '*17*' -name java -path '*bin/java' | sort | head -1)")")
  fetch
  local ports addresses=() seeds=() names=()
  read -ra ports <<<"$(free_ports $((2 * nodes)))"
  for n in $(seq "$nodes"); do
    addresses+=("http://127.0.0.1:${ports[2 * n - 2]}") seeds+=("127.0.0.1:${ports[2 * n - 1]}") names+=("node-$n")
  done
  join() { local IFS=,; echo "$*"; }
  for n in $(seq "$nodes"); do
    node "$n" "${ports[2 * n - 2]}" "${ports[2 * n - 1]}" "$(join "${seeds[@]}")" "$(join "${names[@]}")"
  done
  for _ in $(seq 240); do
    if python3 - "${addresses[0]}" "$nodes" <<'PY' 2>/dev/null; then join "${addresses[@]}"; return; fi
import json, sys, urllib.request
with urllib.request.urlopen(f"{sys.argv[1]}/_cluster/health", timeout=2) as answer:
    sys.exit(json.load(answer)["number_of_nodes"] != int(sys.argv[2]))
PY
    sleep 0.5
  done
  tail -n 40 "$work"/*.log >&2
  exit 3
}

"$command"
