/** The parts of the script that are the same for every lab. POSIX sh; `$spaces` and `$lab` are set before. */

export const ABOUT = `#
#   sh SCRIPT up                       builds it, as root (another terminal can then look around: see what it prints)
#   sh SCRIPT run                      plays the script of the lab: ping, curl and the like
#   sh SCRIPT capture DIR [COMMAND…]   plays it, or runs COMMAND, with tcpdump on every device: DIR/NAMESPACE.DEVICE.pcap,
#                                      or, with DIRECTIONS=1 before it, DIR/NAMESPACE.DEVICE.in.pcap and ….out.pcap
#   sh SCRIPT down                     takes it away again: nothing is left behind
#   sh SCRIPT all                      up, run, down
#
# It needs root, iproute2, iptables, python3 (or socat) for the servers, and for its script ping, curl …; tcpdump to capture.
# Everything is in namespaces: your own interfaces, routes and rules are not touched. If the module br_netfilter is not loaded,
# it is loaded and, with \`down\`, unloaded again. Read it from the top: every block says which agent of the cluster
# would have done this, for which object, and because of what.
#
# Not the same as in the lab: the cables' 5 µs, connections that are still tracked, the programs themselves (see "servers"), IPv6
# (switched off), IGMP snooping on bridges (switched off: fewer stray packets).
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)`

export const HELPERS = String.raw`
state=/run/hopscope-$lab

die() { echo "$lab: $*" >&2; exit 1; }
note() { echo "$lab: $*" >&2; }
have() { command -v "$1" > /dev/null 2>&1; }
inside() { ip netns exec "$@"; }

# A namespace with the settings of a fresh kernel: namespaces inherit some of those of the machine that this runs on.
new_space() {
  ip netns add "$1"
  echo "$1" >> "$state/spaces"
  inside "$1" sh -c 'while read -r path value; do [ -e "/proc/sys/$path" ] && echo "$value" > "/proc/sys/$path"; done; :' \
    < "$defaults" 2> /dev/null
}

set_sysctl() {
  inside "$1" sysctl -q -w "$2=$3" 2> /dev/null || echo "$1: $2 = $3" >> "$state/unset"
}

# delay, loss and rate of a cable
impair() {
  n=$1 dev=$2; shift 2
  have tc && tc -n "$n" qdisc add dev "$dev" root netem "$@" 2> /dev/null ||
    note "$n $dev: no tc or no sch_netem on this kernel: without $*"
}

etc() {
  mkdir -p "/etc/netns/$1"
  echo "$1" >> "$state/etc"
  cp "$3" "/etc/netns/$1/$2"
  # ask the servers of resolv.conf, and nobody else
  [ "$2" != resolv.conf ] || echo 'hosts: files dns' > "/etc/netns/$1/nsswitch.conf"
}

# serve NAMESPACE PROTO:ADDRESS:PORT…
serve() {
  n=$1; shift
  if have python3; then
    inside "$n" python3 "$servers" "$n" "$zone" "$answers" "$@" || note "$n: not all of $* could be opened"
  elif have socat; then
    for spec in "$@"; do
      port=${'$'}{spec##*:} address=${'$'}{spec#*:}
      case $spec in tcp:*) ;; *) continue ;; esac
      inside "$n" socat "TCP-LISTEN:$port,bind=${'$'}{address%:*},reuseaddr,fork" \
        "SYSTEM:printf 'HTTP/1.1 200 OK\r\nConnection\: close\r\n\r\n$n answers\n'" > /dev/null 2>&1 &
    done
  else
    note "$n: neither python3 nor socat: nothing listens on $*"
  fi
}

# play NAMESPACE COMMAND…: a command of the script, at most a minute long
play() {
  n=$1; shift
  echo "── $n \$ $*"
  if ! have "$1"; then echo "   ($1 is not installed here)"; return; fi
  status=0
  inside "$n" timeout 60 "$@" || status=$?
  echo "   exit status $status"
  # as in the lab, the next line waits until nothing moves any more
  sleep 0.2
}

# skip COMMAND REASON
skip() { echo "── not run: $1"; echo "   ($2)"; }
`

export const VERBS = String.raw`
# ══════════ The verbs ══════════

need_root() { [ "$(id -u)" = 0 ] || die 'needs root'; }
is_up() { [ -e "$state" ]; }

up() {
  need_root
  have ip || die 'needs ip (package iproute2)'
  is_up && die "it is up already (or was interrupted): sh $0 down"
  for n in $spaces; do
    [ ! -e "/run/netns/$n" ] && [ ! -e "/etc/netns/$n" ] || die "there is a namespace $n (or /etc/netns/$n) that is not ours"
  done
  mkdir -p "$state"
  modprobe -a nf_conntrack vxlan 2> /dev/null || :
  # Bridged packets visit iptables only with this module; its settings are per namespace.
  if [ ! -e /proc/sys/net/bridge ] && modprobe br_netfilter 2> /dev/null; then : > "$state/module"; fi
  [ -e /proc/sys/net/bridge ] || note 'no br_netfilter on this kernel: packets that stay on a bridge do not visit iptables'
  trap 'status=$?; [ $status = 0 ] || { note "failed: taking it down again (an unknown device type is one that this kernel was built without)"; down; }' EXIT
  trap 'exit 130' INT TERM
  build
  settle
  known
  trap - EXIT INT TERM
  [ ! -e "$state/unset" ] || { note 'kernel settings that could not be made here:'; sed 's/^/  /' "$state/unset" >&2; }
  echo "$lab is up: $spaces"
  echo "Enter one of them:  ip netns exec ${'$'}{spaces##* } sh"
}

# Ports of a bridge forward a moment after they have come up; devices fill in checksums themselves, so that captures are right.
settle() {
  for n in $spaces; do
    if have ethtool; then
      for dev in $(inside "$n" ls /sys/class/net); do
        [ "$dev" = lo ] || inside "$n" ethtool -K "$dev" tx off sg off tso off gso off gro off > /dev/null 2>&1 || :
      done
    fi
    tries=0
    while bridge -n "$n" link show 2> /dev/null | grep -q 'state disabled'; do
      tries=$((tries + 1))
      [ $tries -lt 40 ] || break
      sleep 0.1
    done
  done
}

run() { is_up || die "it is not up: sh $0 up"; stimuli; }

capture() {
  is_up || die "it is not up: sh $0 up"
  have tcpdump || die 'needs tcpdump'
  to=${'$'}{1:-}; [ -n "$to" ] || die 'capture to which folder?'; shift
  mkdir -p "$to"
  directions=inout; [ -z "${'$'}{DIRECTIONS:-}" ] || directions='in out'
  pids='' logs=''
  for n in $spaces; do
    for dev in $(ip -n "$n" -o link show up | sed 's/^[0-9]*: \([^:@]*\).*/\1/'); do
      for direction in $directions; do
        file=$to/$n.$dev; [ $direction = inout ] || file=$file.$direction
        : > "$file.log"
        # not by inside(): the process that is killed below must be tcpdump itself
        ip netns exec "$n" tcpdump -p -n -U -s 2048 -Z root -Q $direction -i "$dev" -w "$file.pcap" 2> "$file.log" &
        pids="$pids $!" logs="$logs $file.log"
      done
    done
  done
  tries=0
  while [ $tries -lt 100 ] && grep -L 'listening on' $logs | grep -q .; do tries=$((tries + 1)); sleep 0.1; done
  if [ $# -gt 0 ]; then "$@" || :; else stimuli; fi
  sleep 1
  kill $pids 2> /dev/null || :
  wait $pids 2> /dev/null || :
  rm -f $logs
  echo "captured to $to: $(ls "$to" | grep -c '[.]pcap$') files"
}

down() {
  need_root
  if ! is_up; then echo 'nothing is up'; return; fi
  if [ -e "$state/spaces" ]; then
    while read -r n; do
      pids=$(ip netns pids "$n" 2> /dev/null) || :
      [ -z "$pids" ] || kill $pids 2> /dev/null || :
      ip netns del "$n" 2> /dev/null || :
    done < "$state/spaces"
  fi
  if [ -e "$state/etc" ]; then
    while read -r n; do rm -rf "/etc/netns/$n"; done < "$state/etc"
    rmdir /etc/netns 2> /dev/null || :
  fi
  [ ! -e "$state/module" ] || modprobe -r br_netfilter 2> /dev/null || :
  rm -rf "$state"
}

case ${'$'}{1:-} in
  up) up ;;
  run) run ;;
  capture) shift; capture "$@" ;;
  down) down ;;
  all) up; trap down EXIT; run ;;
  *) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac`
