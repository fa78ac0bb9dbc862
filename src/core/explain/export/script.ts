import { formatCidr } from '../../base/cidr.ts'
import { SEC } from '../../base/time.ts'
import type { NetnsRow } from '../../kernel/tables.ts'
import { blocksOf } from './blocks.ts'
import { births } from './born.ts'
import { choicesOf } from './choices.ts'
import { blockComment, comment, oneLine } from './comment.ts'
import type { EtcFile, ExportInput } from './input.ts'
import type { Item } from './item.ts'
import { learnedLines } from './learned.ts'
import { addressItems, linkItems } from './link-items.ts'
import { type SpaceNames, machineOrder, spaceNames } from './names.ts'
import { fdbItems, neighItems } from './neigh-items.ts'
import { kernelDefaults, netnsItems, sysctlItems } from './netns-items.ts'
import { routeItems, ruleItems } from './route-items.ts'
import { rulesText } from './rules.ts'
import { answerLines, serverLines } from './servers.ts'
import { SERVERS_PY } from './servers-py.ts'
import { ABOUT, HELPERS, VERBS } from './shell.ts'
import { stimulusLines } from './stimuli.ts'
import { zoneLines } from './zone.ts'

/** How the script gets at a file that goes with it: as a path that a command can read. */
export type Supply = (name: string, text: string) => readonly string[]

/** The script. `supply` says where its files are; it is asked once for each, in the order of use. */
export function scriptOf(input: ExportInput, script: string, supply: Supply): string {
  const { env } = input
  const names = spaceNames(env)
  const lines = [
    ...head(input, script),
    `lab=${script.replace(/\.sh$/, '')}`,
    `spaces='${names.all.join(' ')}'`,
    HELPERS,
    ...section('The scene'),
    'build() {',
    ...supply('defaults', `${kernelDefaults(env).join('\n')}\n`),
    'defaults=$file',
    ...networks(input, names),
    ...machines(input, names),
    ...rules(input, names, supply),
    ...etcFiles(input, names, supply),
    ...servers(input, names, supply),
    '}',
    ...section('What is known in it already'),
    ...learnedLines(env, names),
    ...section('What happens in it: the script of the lab'),
    'stimuli() {',
    ...stimulusLines(input, names),
    '}',
    VERBS,
  ]
  return `${lines.join('\n')}\n`
}

function head({ name, now, env }: ExportInput, script: string): readonly string[] {
  const pods = machineOrder(env).filter((row) => row.label.startsWith('pod/')).length
  const machines = machineOrder(env).filter((row) => row.name === 'host').length
  const about = `The lab "${oneLine(name)}" as it stands after ${(now / SEC).toFixed(3)} s, for a real Linux kernel: ${machines} machines and ${pods} pods with a network of their own, as network namespaces.`
  return ['#!/bin/sh', ...comment(about), ABOUT.replaceAll('SCRIPT', script)]
}

const section = (title: string): readonly string[] => [
  '',
  `# ${'═'.repeat(10)} ${title} ${'═'.repeat(Math.max(3, 95 - title.length))}`,
  '',
]

function networks({ env }: ExportInput, names: SpaceNames): readonly string[] {
  const rows = env.fabric.networks.rows()
  return rows.flatMap((network) => {
    const name = names.network(network.name)
    return [
      ...section(`network ${oneLine(network.name)}`),
      ...comment(
        `${formatCidr(network.cidr)}: a namespace with nothing but a bridge in it, which is the switch. Every machine is plugged into it.`,
      ),
      `new_space ${name}`,
      `ip -n ${name} link add switch mtu 65535 type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
      `ip -n ${name} link set switch up`,
    ]
  })
}

function machines(input: ExportInput, names: SpaceNames): readonly string[] {
  const { env } = input
  const born = births(env)
  const items = [
    ...netnsItems(env, names),
    ...linkItems(env, names),
    ...addressItems(env, names),
    ...sysctlItems(env, names),
    ...routeItems(env, names),
    ...ruleItems(env, names),
    ...neighItems(env, names),
    ...fdbItems(env, names),
  ]
  const hosts = machineOrder(env).filter((row) => row.name === 'host')
  return hosts.flatMap((row) => [
    ...section(machineTitle(input, row)),
    ...machine(
      input,
      items.filter((item) => item.host === row.host),
      born,
    ),
  ])
}

function machineTitle({ env }: ExportInput, row: NetnsRow): string {
  const role = env.roleOf?.(row.host) ?? row.label.split('/')[0]!
  return `machine ${oneLine(row.host)} (${role})`
}

function machine(
  { env, lines }: ExportInput,
  items: readonly Item[],
  born: ReturnType<typeof births>,
): readonly string[] {
  return blocksOf(env, items, born).flatMap((block, i) => {
    const commands = block.items.flatMap((item) => item.commands)
    if (commands.length === 0) return []
    return [...(i === 0 ? [] : ['']), ...blockComment(block, lines), ...commands]
  })
}

function rules({ env, lines }: ExportInput, names: SpaceNames, supply: Supply): readonly string[] {
  const choices = choicesOf(env)
  const blocks = machineOrder(env).flatMap((row) => {
    const text = rulesText(env, row.id, row.label, lines, choices)
    if (text === null) return []
    const name = names.space(row.id)
    return [...supply(`${name}.rules`, text), `inside ${name} iptables-restore < "$file"`]
  })
  if (blocks.length === 0) return []
  const about =
    'What the agents gave to iptables-restore, each group with its writer and its objects. Read them as a packet meets them: nat PREROUTING, filter FORWARD, nat POSTROUTING.'
  return [...section('iptables'), ...comment(about), ...blocks]
}

function etcFiles(input: ExportInput, names: SpaceNames, supply: Supply): readonly string[] {
  const texts = new Map<string, { readonly file: EtcFile; readonly spaces: string[] }>()
  for (const row of machineOrder(input.env)) {
    for (const file of input.etc(row.id)) {
      const key = `${file.name}\n${file.text}`
      const known = texts.get(key)
      if (known) known.spaces.push(names.space(row.id))
      else texts.set(key, { file, spaces: [names.space(row.id)] })
    }
  }
  const about =
    'Files that differ from machine to machine: `ip netns exec NAME` puts /etc/netns/NAME/FILE in the place of /etc/FILE. The kubelet wrote those of the pods.'
  const blocks = [...texts.values()].flatMap(({ file, spaces }) => [
    ...supply(`${spaces[0]}.${file.name}`, file.text),
    spaces.length === 1
      ? `etc ${spaces[0]} ${file.name} "$file"`
      : `for n in ${spaces.join(' ')}; do etc $n ${file.name} "$file"; done`,
  ])
  return blocks.length === 0 ? [] : [...section('names'), ...comment(about), ...blocks]
}

function servers(input: ExportInput, names: SpaceNames, supply: Supply): readonly string[] {
  const lines = serverLines(input.env, names)
  if (lines.length === 0) return []
  const about =
    'Where a program of the lab listens, a stand-in does. What the script asks, it answers as the program did in the lab; else it says who it is and who asked. Port 53 answers what the cluster DNS would.'
  return [
    ...section('servers'),
    ...comment(about),
    ...supply('servers.py', SERVERS_PY),
    'servers=$file',
    ...supply(
      'zone',
      zoneLines(input.env, input.dnsDomain)
        .map((line) => `${line}\n`)
        .join(''),
    ),
    'zone=$file',
    ...supply(
      'answers',
      answerLines(input.env, names)
        .map((line) => `${line}\n`)
        .join(''),
    ),
    'answers=$file',
    ...lines,
  ]
}
