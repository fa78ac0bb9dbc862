import type { RuleDraft } from './draft-rule.ts'
import { devicePattern } from './modules/packet.ts'
import { type Address, parseAddress, parseProtocol } from './numbers.ts'

/** `-s` and `-d`: one address or several with commas. The tool's words where one is wrong. */
export function setAddresses(draft: RuleDraft, letter: 's' | 'd', text: string, invert: boolean): string | null {
  if (letter === 's' ? draft.sources : draft.destinations) return `multiple -${letter} flags not allowed`
  const list: Address[] = []
  for (const word of text.split(',')) {
    const address = parseAddress(word)
    if (typeof address === 'string') return address
    list.push(address)
  }
  if (invert && list.length > 1) return '! not allowed with multiple source or destination IP addresses'
  if (letter === 's') {
    draft.sources = list
    draft.sourceInvert = invert
  } else {
    draft.destinations = list
    draft.destinationInvert = invert
  }
  return null
}

/** `-p`: a name or a number; 0 and `all` say nothing. */
export function setProtocol(draft: RuleDraft, text: string, invert: boolean): string | null {
  if (draft.protoGiven) return 'multiple -p flags not allowed'
  const proto = parseProtocol(text)
  if (proto === null) return `unknown protocol "${text}" specified`
  if (proto === 0 && invert) return 'rule would never match protocol'
  draft.proto = proto
  draft.protoInvert = invert
  draft.protoGiven = true
  if (proto !== 0) draft.header.set('proto', { m: 'proto', proto, invert })
  return null
}

/** `-i` and `-o`: a device, or the beginning of its name followed by `+`. `+` alone is any device. */
export function setDevice(draft: RuleDraft, letter: 'i' | 'o', text: string, invert: boolean): string | null {
  const m = letter === 'i' ? 'in' : 'out'
  if (draft.header.has(m)) return `multiple -${letter} flags not allowed`
  if (text === '') return 'Empty interface is likely to be undesired'
  if (text.length > 15) return `interface name \`${text}' must be shorter than IFNAMSIZ (15)`
  if (text !== '+' || invert) draft.header.set(m, { m, ...devicePattern(text), invert })
  return null
}

/** `-f`: the second and further fragments. */
export function setFragment(draft: RuleDraft, invert: boolean): string | null {
  if (draft.header.has('frag')) return 'multiple -f flags not allowed'
  draft.header.set('frag', { m: 'frag', invert })
  return null
}
