import { mac } from '../../../src/core/base/mac.ts'
import { type Notation, macName } from '../sighting.ts'

/** `iptables-save -c`: the tables and their rules with counters. */
export const ruleLines = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => line.startsWith('[') || line.startsWith('*'))

/**
 * `ipset list`: members of each set sorted, because a hash has no order; without what a hash draws, how much memory it takes, and with
 * times to the next ten seconds.
 */
export function setLines(lines: readonly string[]): readonly string[] {
  const normal = lines
    .filter((line) => line !== '' && !line.startsWith('Size in memory'))
    .map((line) =>
      line
        .replace(/ initval \S+/, '')
        .replace(/ timeout (\d+)/, (_, n: string) => ` timeout ${Math.ceil(Number(n) / 10) * 10}`),
    )
  const blocks = normal
    .join('\n')
    .split(/^Name: /m)
    .slice(1)
  return blocks.flatMap((block) => {
    const [name, ...rest] = block.trimEnd().split('\n')
    const at = rest.indexOf('Members:') + 1
    return [`set ${name}`, ...rest.slice(0, at), ...rest.slice(at).sort()]
  })
}

/** VXLAN's outer flows differ by a source port that is a hash: they count once. */
const VXLAN_FLOW = /dport=(8472|4789)\b/

/**
 * `conntrack -L`, sorted: without timeouts and use counts; ports and ids that were drawn are called so. Both sides write the same
 * words, so that this is the form of the simulator's entries, too.
 */
export function conntrackLines(lines: readonly string[], { ports }: Notation): readonly string[] {
  const normal = lines.flatMap((line) => {
    const [proto, , ...words] = line.trim().split(/\s+/)
    if (words.length === 0) return []
    const tunnel = VXLAN_FLOW.test(line)
    const kept = words
      .filter((word) => !/^\d+$/.test(word) && !word.startsWith('use='))
      .map((word) => {
        const field = /^(sport|dport|id)=(\d+)$/.exec(word)
        if (!field) return word
        const value = Number(field[2])
        const drawn = tunnel ? value !== 8472 && value !== 4789 : !ports.has(value)
        return drawn ? `${field[1]}=drawn` : word
      })
    return [[proto, ...kept].join(' ')]
  })
  const tunnels = new Set(normal.filter((line) => VXLAN_FLOW.test(line)))
  return [...normal.filter((line) => !VXLAN_FLOW.test(line)), ...tunnels].sort()
}

/** The section of a command's output; ` = ` has a meaning of its own in goldens. */
export const askTitle = (s: { readonly ns: string; readonly command: string }, index: number): string =>
  `ask ${index} ${s.ns}: ${s.command.replaceAll(' = ', '=')}`

/** What a command printed, without what depends on when it was asked. */
export const textLines = (text: string): readonly string[] =>
  text === ''
    ? []
    : text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) =>
          line.replace(/\bexpires \d+sec/, 'expires soon').replace(/(\d+\.\d{3}\/)*\d+\.\d{3}( ?)ms\b/g, '0.1$2ms'),
        )

const GROUP = /^(33:33|01:00:5e):/

/** `bridge fdb show`, sorted: what bridges learned or were told, and where tunnels send what; not the devices' own filters. */
export function fdbLines(lines: readonly string[], notation: Notation): readonly string[] {
  return lines
    .flatMap((line) => {
      const words = line.trim().split(/\s+/)
      const [address = '', , dev] = words
      if (!/^[0-9a-f:]{17}$/.test(address) || GROUP.test(address)) return []
      const after = (word: string): string | undefined =>
        words.includes(word) ? words[words.indexOf(word) + 1] : undefined
      const name = macName(mac(address), notation)
      const dst = after('dst')
      if (dst) return [`${name} dev ${dev} dst ${dst}`]
      const master = after('master')
      // Where bridges can tell VLANs apart, a port's own address is there once more for VLAN 1.
      if (!master || master === dev || words.includes('vlan')) return []
      const state = words.includes('permanent') ? 'permanent' : words.includes('static') ? 'static' : 'learned'
      return [`${name} dev ${dev} ${state}`]
    })
    .sort()
}

/** `ip neigh show`, sorted. */
export function neighLines(lines: readonly string[], notation: Notation): readonly string[] {
  return lines
    .flatMap((line) => {
      const words = line.trim().split(/\s+/)
      if (words.length < 4) return []
      const lladdr = words.indexOf('lladdr')
      const address = lladdr < 0 ? '' : ` ${macName(mac(words[lladdr + 1]!), notation)}`
      return [`${words[0]} dev ${words[2]}${address} ${words.at(-1)}`]
    })
    .sort()
}
