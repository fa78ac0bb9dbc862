import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Lab } from '../../../src/core/lab/lab.ts'
import { formatPlace } from '../../../src/scenario/place.ts'
import type { Observation } from '../observation.ts'
import { DEVICE_SYSCTLS, LAB_SYSCTLS } from '../pinned.ts'
import { isolation, runToEnd } from '../real/isolated.ts'
import { stateSections } from '../real/seen.ts'
import { sightingLines } from '../sighting.ts'
import type { Space } from '../simulated/observe.ts'
import { captured } from './captures.ts'
import { withoutChoices } from './choices.ts'
import { type Probe, probeLine } from './probes.ts'
import type { PlayedLab } from './simulated.ts'
import { TABLES } from './tables.ts'

/**
 * Runs the exported script on this machine's kernel, in namespaces of its own; answers what was seen. Rejects when one of its verbs fails,
 * leaves something behind, or when it has made the file `forbidden`.
 */
export async function runExport(played: PlayedLab, forbidden?: string): Promise<Observation> {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-lab-'))
  try {
    const script = writeFiles(folder, played.files)
    writeFileSync(join(folder, 'judge.sh'), judgeScript(played, script, folder))
    const words = ['unshare', ...isolation(), '--mount-proc', 'sh', join(folder, 'judge.sh')]
    await runToEnd('taskset', ['-c', processor(), ...words])
    if (forbidden !== undefined && existsSync(forbidden)) throw new Error(`${forbidden} was made`)
    return observationIn(played, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function writeFiles(folder: string, files: ReadonlyMap<string, string>): string {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const [script] = [...files.keys()]
  return join(folder, script!)
}

/**
 * What a person would do with the script, and what they would look at. \`/run\` and \`/etc\` are its own, so that several run side by side
 * and nothing is left behind; \`down\` must leave nothing behind in these, either.
 */
const judgeScript = ({ lab, spaces, probes }: PlayedLab, script: string, folder: string): string => `set -eu
cd '${folder}'
mkdir etc && mount --rbind /etc etc && mount -t tmpfs tmpfs /etc && ln -s '${folder}'/etc/* /etc/ && rm -f /etc/netns
mount -t tmpfs tmpfs /run; mkdir -p /run/netns
surroundings() { ip netns; ip link | sed 's/qlen.*//'; ls -A /run /etc/netns 2>&1 || :; ps -e -o args | grep -c '[s]ervers.py' || :; }
surroundings > before
sh '${script}' up > up 2>&1 || { cat up >&2; exit 1; }
if sh '${script}' up > again 2>&1; then echo 'it can be brought up twice' >&2; exit 1; fi
for n in ${spaces.map(({ name }) => name).join(' ')}; do
  ip netns exec $n sh -c '${pins()}'
done
{
${spaces.flatMap(({ name }) => tableCommands(name)).join('\n')}
} > tables
# Where that is allowed, whatever else the machine does does not come between two packets of a client.
ahead=; ! chrt -f 1 true 2> /dev/null || ahead='chrt -f 1'
DIRECTIONS=1 $ahead sh '${script}' capture captures > played 2> problems || { cat problems >&2; exit 1; }
{
${spaces.flatMap(({ name, firewall }) => stateCommands(name, firewall)).join('\n')}
} > state
{
:
${probes.flatMap((probe, i) => probeCommands(probe, i, lab, spaces)).join('\n')}
} > probes
sh '${script}' down
for i in 1 2 3 4 5 6 7 8 9; do surroundings > after; cmp -s before after && break; sleep 0.1; done
cmp -s before after || { diff before after >&2; exit 1; }
`

function pins(): string {
  const path = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`
  const own = LAB_SYSCTLS.map(([name, value]) => `echo ${value} > ${path(name)}`)
  const each = DEVICE_SYSCTLS.map(([leaf, value]) => `echo ${value} > $d/${leaf}`)
  return [...own, `for d in /proc/sys/net/ipv4/neigh/*; do ${each.join('; ')}; done`].join('; ')
}

const tableCommands = (ns: string): readonly string[] =>
  Object.entries(TABLES).map(([name, { command }]) => `echo '== ${name} ${ns}'; ip netns exec '${ns}' ${command}`)

function probeCommands({ from, line }: Probe, i: number, lab: Lab, spaces: readonly Space[]): readonly string[] {
  const netns = lab.kernel.t.netns.rows().find(({ label }) => label === from)?.id
  const space = spaces.find(({ id }) => id === netns)?.name ?? ''
  return [`echo '== ${i}'; s=0; ip netns exec '${space}' ${line} || s=$?; echo; echo "status $s"`]
}

const stateCommands = (ns: string, firewall: boolean): readonly string[] => [
  ...(firewall
    ? [
        `echo '== rules ${ns}'; ip netns exec '${ns}' iptables-save -c`,
        `echo '== conntrack ${ns}'; ip netns exec '${ns}' conntrack -L 2> /dev/null`,
      ]
    : []),
  `echo '== fdb ${ns}'; bridge -n '${ns}' fdb show`,
  `echo '== neigh ${ns}'; ip -n '${ns}' neigh show`,
]

let next = 0
/** Everything of a run is on one processor, so that who is woken does not overtake who has woken it; runs take turns among those there are. */
function processor(): string {
  const allowed = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  const all = allowed.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
  return `${all[next++ % all.length]}`
}

function observationIn({ lab, spaces, notation, probes }: PlayedLab, folder: string): Observation {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const sightings = spaces.flatMap(({ name, id }) =>
    lab.kernel.t.linkByNetns
      .at(id)
      .rows()
      .flatMap((link) => captured(join(folder, 'captures'), name, link.name)),
  )
  const tables = sectionsOf(read('tables')).flatMap(([title, text]) => {
    const lines = TABLES[title.split(' ')[0]!]!.normal(text)
    return lines.length > 0 ? [[`built ${title}`, lines] as const] : []
  })
  const answers = sectionsOf(read('probes')).map(([i, text]) => {
    const [, stdout = '', exit = ''] = /^([^]*)\nstatus (\d+)\n$/.exec(text) ?? []
    return probeLine(probes[Number(i)]!, stdout, Number(exit))
  })
  return new Map([
    ...(answers.length > 0 ? [['probes', answers] as const] : []),
    ...tables,
    ...sightingLines(sightings, notation),
    ...stateSections(withoutChoices(read('state')), notation),
    ['outcomes', outcomes(lab, read('played'))],
  ])
}

const sectionsOf = (text: string): readonly (readonly [title: string, text: string])[] =>
  text
    .split(/^== /m)
    .slice(1)
    .map((block) => {
      const end = block.indexOf('\n')
      return [block.slice(0, end), block.slice(end + 1)] as const
    })

/** What `run` says of each line: `── SPACE $ COMMAND`, then its output and exit status; or `── not run: LINE`. */
function outcomes(lab: Lab, played: string): readonly string[] {
  const told = played.split(/^── /m).slice(1)
  return lab.script.rows().map(({ entry }, i) => {
    const status = /^ {3}exit status (\d+)$/m.exec(told[i] ?? '')?.[1]
    const did = told[i]?.startsWith('not run: ') ? 'not run' : `exit status ${status}`
    return `${formatPlace(entry.in)} $ ${entry.run}: ${did}`
  })
}
