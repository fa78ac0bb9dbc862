import { existsSync, rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { TYPED, WORKSHOP } from './fixture.ts'
import { probesOf } from './probes.ts'
import { hasBridgeNetfilter, hasDummy, hasPing, missing, runExport } from './real.ts'
import { type Scene, bundled, exported, say, tool } from './simulated.ts'
import { TABLES } from './tables.ts'

const why = missing()
if (why !== null) console.warn(`Exported labs are not run on this machine's kernel: ${why}.`)
const ESCAPED = '/tmp/hopscope-export-escaped'
const LIMIT = 60_000

/** `HOPSCOPE_EXPORT=all` runs every bundled lab; else those that show most in least time. */
const LABS = ['flannel-vxlan.yaml', 'plain-network.yaml']
const MORE = [
  'nodeport.yaml',
  'same-node-hairpin.yaml',
  'two-racks.yaml',
  'mtu-blackhole.yaml',
  'no-endpoints.yaml',
  'dns-search.yaml',
]
const labs = process.env['HOPSCOPE_EXPORT'] === 'all' ? [...LABS, ...MORE] : LABS

describe.skipIf(why !== null)(`exported labs on a real kernel${why === null ? '' : ` (skipped: ${why})`}`, () => {
  afterAll(() => rmSync(ESCAPED, { force: true }))

  it.each(labs)(
    '%s: the same tables, the same answers, and nothing left behind',
    async (file) => {
      const scene = bundled(file)
      const probes = probesOf(scene).filter(({ line }) => hasPing() || !line.startsWith('ping'))
      const asked = probes.map(
        ({ from, line }, i) =>
          `echo '== ${i}'; s=0; ip netns exec ${scene.spaces.get(from)} ${line} || s=$?; echo; echo "status $s"`,
      )
      const sections = sectionsOf(
        await runExport(scene.files, [...tableCommands(scene), ...asked, 'echo "== run"; sh "$1" run'].join('\n')),
      )
      compareTables(scene, sections)
      const real = probes.map(
        ({ from, line, normal }, i) => `${from} $ ${line}: ${normal(...outcome(sections.get(String(i))!))}`,
      )
      const told = probes.map(({ from, line, normal }) => {
        const { stdout, exit } = say(scene.lab, from, line)
        return `${from} $ ${line}: ${normal(stdout, exit)}`
      })
      if (file !== 'flannel-vxlan.yaml' || hasBridgeNetfilter()) expect(real).toEqual(told)
      const played = [...sections.get('run')!.matchAll(/^ {3}exit status (\d+)$/gm)].map((match) => Number(match[1]))
      if (hasPing() && file !== 'dns-search.yaml') expect(played).toEqual(scene.exits)
    },
    LIMIT,
  )

  it(
    'everything that somebody can type, as one file; nothing in it is taken for shell',
    async () => {
      const typed = hasDummy() ? TYPED : TYPED.filter(([, line]) => !line.includes('dum0'))
      const scene = exported(WORKSHOP, { typed, single: true })
      rmSync(ESCAPED, { force: true })
      const inside = [
        ...tableCommands(scene),
        'echo "== tc"; tc -n bob qdisc show dev eth0',
        'echo "== run"; sh "$1" run',
      ]
      const sections = sectionsOf(await runExport(scene.files, inside.join('\n')))
      compareTables(scene, sections)
      expect(sections.get('run')).toContain('── not run: ping -c 1 10.0.2.1; touch')
      expect(existsSync(ESCAPED)).toBe(false)
    },
    LIMIT,
  )
})

const tableCommands = ({ spaces }: Scene): string[] =>
  [...spaces].flatMap(([label, space]) =>
    Object.entries(TABLES).map(
      ([name, { command }]) => `echo '== ${label} ${name}'; ip netns exec '${space}' ${command}`,
    ),
  )

function compareTables({ lab, spaces }: Scene, sections: ReadonlyMap<string, string>): void {
  const real: Record<string, readonly string[]> = {}
  const told: Record<string, readonly string[]> = {}
  for (const label of spaces.keys()) {
    for (const [name, { command, normal }] of Object.entries(TABLES)) {
      real[`${label} ${name}`] = normal(sections.get(`${label} ${name}`)!)
      told[`${label} ${name}`] = normal(tool(lab, label, command))
    }
  }
  expect(real).toEqual(told)
}

function sectionsOf(text: string): Map<string, string> {
  const blocks = text.split(/^== /m).slice(1)
  return new Map(blocks.map((block) => [block.slice(0, block.indexOf('\n')), block.slice(block.indexOf('\n') + 1)]))
}

function outcome(section: string): [string, number] {
  const match = /\nstatus (\d+)\n$/.exec(section)!
  return [section.slice(0, match.index), Number(match[1])]
}
