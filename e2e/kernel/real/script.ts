import { readFileSync } from 'node:fs'
import { type Scenario, firewallsOf, namespacesOf } from '../language.ts'
import { DEVICE_SYSCTLS, NETNS_SYSCTLS } from '../pinned.ts'
import { type Command, commandsOf } from './commands.ts'
import { planOf } from './plan.ts'

const STAGE_C = new URL('stage.c', import.meta.url)

/** A scenario as a shell script for any Linux with root, iproute2, iptables and a C compiler: `up`, `run DIR`, `state`, `down`, or all of it, isolated. */
export function scriptOf(s: Scenario): string {
  const spaces = namespacesOf(s)
  return `#!/bin/sh
# ${s.name}: ${s.about}
#
# sh ${s.name}.sh up          builds the scene out of network namespaces
# sh ${s.name}.sh run DIR     plays it; every packet on every device is in DIR/capture, what the senders met in DIR/outcomes
# sh ${s.name}.sh state       rules with counters, connections, forwarding tables, neighbours
# sh ${s.name}.sh down        takes it away
# TRACE=1 in the environment: every rule that a packet matches is in DIR/trace.NAMESPACE, too
# sh ${s.name}.sh all DIR     all of it in namespaces of its own that end with the script: nothing is left behind
set -eu
spaces='${spaces.join(' ')}'
firewalls='${firewallsOf(s).join(' ')}'

inside() { space=$1; shift; ip netns exec "$space" "$@"; }
# quiet, because an old kernel lacks some of them
set_sysctl() { echo "$2" > "/proc/sys/$(echo "$1" | tr ./ /.)" 2>/dev/null || true; }

${up(s)}
${play(s)}
${TRACE}
${STATE}
${MAIN}`
}

function up(s: Scenario): string {
  const steps = s.setup.flatMap(commandsOf)
  const spaces = namespacesOf(s)
  const root = steps.flatMap((c) => (c.tool === 'root' ? c.lines : []))
  const blocks = [
    '# Machines: a network namespace each.',
    ...heredoc('ip -batch -', [...spaces.map((ns) => `netns add ${ns}`)]),
    ...spaces.flatMap((ns) => birth(s, ns)),
    '# Cables: a veth pair each.',
    ...heredoc('ip -batch -', root),
    ...spaces.flatMap((ns) => batches(ns, steps)),
  ]
  return `up() {\n  modprobe -a br_netfilter nf_conntrack 2>/dev/null || true\n${indent(blocks)}\n}\n`
}

function birth(s: Scenario, ns: string): readonly string[] {
  const step = s.setup.find((each) => each.do === 'ns' && each.ns === ns)
  const router = step?.do === 'ns' && step.router === true
  const bridgeNf = step?.do === 'ns' && step.bridgeNf === true
  const values = [
    ['net.ipv4.ip_forward', router ? '1' : '0'],
    ...NETNS_SYSCTLS,
    ['net.bridge.bridge-nf-call-iptables', bridgeNf ? '1' : '0'],
  ] as const
  const writes = values.map(([name, value]) => `echo ${value} > ${path(name)}`)
  return [`ip -n ${ns} link set lo up`, `inside ${ns} sh -c '{ ${writes.join('; ')}; } 2>/dev/null || true'`]
}

/** A dot in a device's name is a slash in sysctl's spelling; here only the last and the first four words are separated by dots. */
function path(name: string): string {
  const device = /^(net\.ipv4\.(?:conf|neigh))\.(.+)\.([^.]+)$/.exec(name)
  if (!device) return `/proc/sys/${name.replaceAll('.', '/')}`
  return `/proc/sys/${device[1]!.replaceAll('.', '/')}/${device[2]}/${device[3]}`
}

/** Steps of one namespace: what stands together and needs the same tool is one call. */
function batches(ns: string, steps: readonly Command[]): readonly string[] {
  const own = steps.filter((c) => c.tool !== 'root' && c.ns === ns)
  const lines: string[] = [`# ${ns}`]
  const bridge = own.flatMap((c) => (c.tool === 'bridge' ? c.lines : []))
  lines.push(...linksOf(ns, own), ...heredoc(`bridge -n ${ns} -batch -`, bridge))
  const leaves = DEVICE_SYSCTLS.map(([leaf, value]) => `echo ${value} > $d/${leaf}`).join('; ')
  const own_sysctls = own.flatMap((c) => (c.tool === 'sysctl' ? [`echo ${c.value} > ${path(c.name)}`] : []))
  const each = `for d in /proc/sys/net/ipv4/neigh/*; do ${leaves}; done`
  lines.push(`inside ${ns} sh -c '${[each, ...own_sysctls].join('; ')}'`)
  for (const c of own) {
    if (c.tool === 'ipset') lines.push(...heredoc(`inside ${ns} ipset restore`, c.text.trimEnd().split('\n')))
    if (c.tool === 'iptables') {
      lines.push(
        ...heredoc(`inside ${ns} iptables-restore${c.noflush ? ' --noflush' : ''}`, c.text.trimEnd().split('\n')),
      )
    }
  }
  return lines
}

/** What ip(8) does, in one batch up to the next line of shell, which has to come in its place. */
function linksOf(ns: string, own: readonly Command[]): readonly string[] {
  const lines: string[] = []
  let batch: string[] = []
  const flush = (): void => {
    lines.push(...heredoc(`ip -n ${ns} -batch -`, batch))
    batch = []
  }
  for (const c of own) {
    if (c.tool === 'ip') batch.push(...c.lines)
    if (c.tool !== 'shell') continue
    flush()
    lines.push(`inside ${ns} sh -c '${c.line}'`)
  }
  flush()
  return lines
}

const HEREDOC_END = 'END_OF_INPUT'
const heredoc = (command: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${command} <<'${HEREDOC_END}'`, ...lines.map((line) => `\0${line}`), `\0${HEREDOC_END}`]

/** Two spaces in front, except in here-documents (marked by a NUL). */
const indent = (lines: readonly string[]): string =>
  lines.map((line) => (line.startsWith('\0') ? line.slice(1) : `  ${line}`)).join('\n')

function play(s: Scenario): string {
  const files = s.stimuli.flatMap((step, i) =>
    step.do === 'change' && (step.change.do === 'iptables' || step.change.do === 'ipset')
      ? [{ name: `change${i}`, text: step.change.text.trimEnd().split('\n') }]
      : [],
  )
  const plan = planOf(s, (index) => `"$OUT/change${index}"`)
  return `run() {
  OUT=$1; export OUT; mkdir -p "$OUT"
  if [ -z "\${STAGE:-}" ]; then
    STAGE=$OUT/stage
    stage_source > "$OUT/stage.c" && gcc -O2 -o "$STAGE" "$OUT/stage.c"
  fi
${indent([...files.flatMap(({ name, text }) => heredoc(`cat > "$OUT/${name}"`, text)), ...heredoc('cat > "$OUT/plan"', plan)])}
  "$STAGE" quiet $spaces
  [ -z "\${TRACE:-}" ] || trace_on
  "$STAGE" play "$OUT/plan" "$OUT/capture" "$OUT/outcomes" $spaces
  [ -z "\${TRACE:-}" ] || trace_off
}

# The program that plays the scenario and captures it.
stage_source() {
cat <<'END_OF_STAGE'
${readFileSync(STAGE_C, 'utf8')}END_OF_STAGE
}
`
}

const TRACE = `trace_on() {
  for n in $firewalls; do
    inside "$n" iptables -t raw -I PREROUTING -j TRACE
    inside "$n" iptables -t raw -I OUTPUT -j TRACE
    inside "$n" nft -an monitor trace > "$OUT/trace.$n" 2>/dev/null & echo $! >> "$OUT/monitors"
  done
  sleep 0.3
}
trace_off() {
  sleep 0.3
  kill $(cat "$OUT/monitors") 2>/dev/null || true
  for n in $firewalls; do inside "$n" nft -a list ruleset > "$OUT/rules.$n"; done
}
`

const STATE = `state() {
  for n in $firewalls; do
    echo "== rules $n"; inside "$n" iptables-save -c
    echo "== conntrack $n"; inside "$n" conntrack -L 2>/dev/null
    echo "== sets $n"; inside "$n" ipset list 2>/dev/null || true
  done
  for n in $spaces; do
    echo "== fdb $n"; bridge -n "$n" fdb show
    echo "== neigh $n"; ip -n "$n" neigh show
  done
}
`

const MAIN = `case \${1:-} in
  up) up ;;
  run) run "\${2:?where to}" ;;
  state) state ;;
  down) for n in $spaces; do ip netns del "$n"; done ;;
  all) exec unshare -m -n -p -f --kill-child sh "$0" isolated "\${2:?where to}" ;;
  isolated)
    mount -t tmpfs tmpfs /run; mkdir -p /run/netns "$2"
    trap 'cat "$2/up.log" >&2' EXIT; up > "$2/up.log" 2>&1; trap - EXIT
    run "$2"; state > "$2/state" ;;
  *) sed -n '2,/^set/s/^# \\{0,1\\}//p' "$0"; exit 2 ;;
esac
`
