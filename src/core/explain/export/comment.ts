import type { ObjectRef } from '../../base/ref.ts'
import type { Lines } from '../env.ts'
import type { CauseView } from '../views.ts'
import type { Block } from './blocks.ts'

const WIDTH = 110

/** Comment lines of a readable width. */
export function comment(text: string, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of oneLine(text).split(' ')) {
    if (line !== '' && line.length + word.length >= WIDTH - indent.length) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(line)
  return lines.map((each) => `# ${indent}${each}`)
}

/** Nothing out of a lab may end a comment and begin a command. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()

/** `Service/default/web (line 42 of the lab)`. */
export function objectText(ref: ObjectRef, lines: Lines): string {
  const line = lines(ref)
  return line === null ? ref : `${ref} (line ${line} of the lab)`
}

/** Who would have done this, for which objects, and the chain that led there. */
export function headOf(actor: string, subject: readonly ObjectRef[], lines: Lines): string {
  const who = actor === '' ? 'The lab itself' : actor
  return subject.length === 0 ? who : `${who}, for ${subject.map((ref) => objectText(ref, lines)).join(', ')}`
}

const MAX_LINKS = 6

/** The chain behind the agent's own link: what it reacted to, back to the person. Repetitions count once. */
export function becauseOf(chain: readonly CauseView[]): string {
  const refs: string[] = []
  for (const { ref, actor } of chain) {
    const text = ref === '' ? actor : ref
    if (refs.at(-1) !== text) refs.push(text)
  }
  const root = chain.at(-1)?.actor ?? ''
  if (root !== '' && refs.at(-1) !== root) refs.push(root)
  const shown = refs.length > MAX_LINKS ? [...refs.slice(0, MAX_LINKS - 2), '…', ...refs.slice(-2)] : refs
  return shown.join(' ← ')
}

export const programOf = (actor: string): string => actor.split('@')[0]!

export function blockComment(block: Block, lines: Lines): readonly string[] {
  const why = whyOf(block)
  const chain = becauseOf(block.chain)
  return [
    ...comment(headOf(block.actor, block.subject, lines)),
    ...(why === '' ? [] : comment(why, '  ')),
    ...(chain === '' ? [] : comment(`because of: ${chain}`, '  ')),
  ]
}

/** What a learner should know of a block: by the agent, and by the tables that it wrote. */
function whyOf({ actor, items, subject }: Block): string {
  const wrote = (table: string, command = ''): boolean =>
    items.some((item) => item.table === table && item.commands.some((each) => each.includes(command)))
  switch (programOf(actor)) {
    case 'systemd':
      return 'The machine is switched on: a namespace of its own stands for it, with its network card, its address, its routes and the settings that its installer wrote.'
    case 'flanneld':
      if (wrote('link', ' vxlan '))
        return 'The end of the overlay on this machine: what is routed into the tunnel device leaves by the network card, as UDP to the machine behind the destination MAC.'
      if (wrote('fdb'))
        return 'The way to the pods of that node, in three entries: the route names the far tunnel end, the neighbour entry its MAC (no ARP is sent into the tunnel), the forwarding entry the machine behind that MAC (nothing is flooded).'
      return wrote('route') ? 'The way to the pods of that node: its pod range lies behind the machine itself.' : ''
    case 'containerd':
    case 'kubelet':
      if (wrote('netns') || wrote('link', ' veth '))
        return 'The network of a pod (CNI ADD): a namespace, a veth pair from there to the bridge of the machine, an address out of its pod range, and a default route to the bridge.'
      if (wrote('link', ' bridge '))
        return subject.length === 0
          ? 'The first pod on this machine made the CNI plugin create the bridge that all of its pods are plugged into; its address is their gateway.'
          : 'The bridge that the pods of this machine are plugged into; its address is their gateway.'
      return ''
    case 'kube-proxy':
      return wrote('sysctl')
        ? 'What its rules rely on: NodePorts on 127.0.0.1, and the room and patience of connection tracking.'
        : ''
    case 'you':
      return 'Done by hand, at a terminal of the lab.'
    default:
      return ''
  }
}
