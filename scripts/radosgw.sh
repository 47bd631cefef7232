#!/usr/bin/env bash
# A real Ceph radosgw on loopback, in memory: one monitor, one OSD on memstore, one gateway.
#   scripts/radosgw.sh start FOLDER    prints the address; access key lantai, secret lantai-secret
#   scripts/radosgw.sh stop FOLDER
# Needs the Debian packages ceph-mon, ceph-osd and radosgw.
set -euo pipefail
command=$1 work=$2

stop() {
  for pid in "$work"/*.pid; do [ ! -s "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || true; done
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# A port that was free a moment ago may not be any more: twice more with others, then tell why.
start() {
  for _ in 1 2 3; do
    if "$0" try "$work"; then return; fi
    stop
    tail -n 20 "$work"/*.log >&2 || true
    rm -rf "$work"
  done
  return 3
}

try() {
  mkdir -p "$work/mon" "$work/osd"
  local id mon_port rgw_port
  id=$(cat /proc/sys/kernel/random/uuid)
  mon_port=$(free_port) rgw_port=$(free_port)
  # With authentication off a client needs ms_mon_client_mode=crc. A lone OSD is never sent the leases
  # it reads by: without the long one it stops answering after half a minute.
  cat >"$work/ceph.conf" <<CONF
[global]
fsid = $id
mon_host = v1:127.0.0.1:$mon_port
ms_bind_ipv6 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_cluster_mode = crc
ms_service_mode = crc
ms_client_mode = crc
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_data_avail_crit = 1
mon_max_pg_per_osd = 1000
osd_pool_default_read_lease_ratio = 10000
osd_objectstore = memstore
memstore_device_bytes = 4294967296
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
run_dir = $work
admin_socket = $work/\$name.asok
log_file = $work/\$name.log
crash_dir = $work
rgw_frontends = beast endpoint=127.0.0.1:$rgw_port tcp_nodelay=1
rgw_data = $work/rgw
rgw_enable_usage_log = false
CONF
  local conf=(-c "$work/ceph.conf")
  monmaptool --create --fsid "$id" --addv a "[v1:127.0.0.1:$mon_port]" "$work/monmap" >/dev/null
  ceph-mon "${conf[@]}" --mkfs -i a --monmap "$work/monmap" --mon-data "$work/mon" >"$work/out.log" 2>&1
  ceph-mon "${conf[@]}" -i a --mon-data "$work/mon" --pid-file "$work/mon.pid" >"$work/out.log" 2>&1
  local osd_id
  osd_id=$(cat /proc/sys/kernel/random/uuid)
  timeout 60 ceph "${conf[@]}" osd new "$osd_id" >/dev/null
  ceph-osd "${conf[@]}" -i 0 --mkfs --osd-uuid "$osd_id" --osd-data "$work/osd" >"$work/out.log" 2>&1
  ceph-osd "${conf[@]}" -i 0 --osd-data "$work/osd" --pid-file "$work/osd.pid" >"$work/out.log" 2>&1
  local user
  user=$(timeout 120 radosgw-admin "${conf[@]}" user create --uid=lantai --display-name=lantai \
    --access-key=lantai --secret-key=lantai-secret 2>/dev/null)
  [ -n "$user" ]
  radosgw "${conf[@]}" -n client.rgw --pid-file "$work/rgw.pid" >"$work/out.log" 2>&1
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$rgw_port") 2>/dev/null; then
      printf 'http://127.0.0.1:%s\n' "$rgw_port"
      return
    fi
    sleep 0.2
  done
  return 3
}

"$command"
