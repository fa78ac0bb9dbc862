import { CT_STATES, CT_STATUSES, type NameTable, numberOf } from '../names.ts'
import { parseAddress, parseMark, parsePortRange, parseProtocol, parseRange } from '../numbers.ts'
import type { CtAddrField, CtPortField, Match } from '../types.ts'
import { badInteger, collect, inPrintOrder, type MatchModule, mustBeGiven, type OptionUse, value } from './option.ts'

/** A comma-separated list of bit names; case does not matter. The offending word where one is unknown. */
function bitsOf(table: NameTable, text: string): number | string {
  let bits = 0
  for (const word of text.split(',')) {
    const bit = numberOf(table, word.toUpperCase())
    if (bit === null) return word
    bits |= bit
  }
  return bits
}

function stateMatch(module: 'conntrack' | 'state', use: OptionUse): Match | string {
  const states = bitsOf(module === 'state' ? CT_STATES.slice(0, 5) : CT_STATES, value(use))
  if (typeof states === 'string') return module === 'state' ? `Bad state "${states}"` : `Bad ctstate "${states}"`
  return { m: 'ctstate', module, states, invert: use.invert }
}

function statusMatch(use: OptionUse): Match | string {
  const status = value(use).toUpperCase() === 'NONE' ? 0 : bitsOf(CT_STATUSES, value(use))
  if (typeof status === 'string') return `Bad ctstatus "${status}"`
  return { m: 'ctstatus', status, invert: use.invert }
}

function addressMatch(field: CtAddrField, use: OptionUse): Match | string {
  const cidr = parseAddress(value(use), true)
  if (typeof cidr === 'string') return cidr
  if (!('len' in cidr)) return `conntrack: bad value for option "--${field}", or out of range.\n`
  return { m: 'ctaddr', field, cidr, invert: use.invert }
}

function portMatch(field: CtPortField, use: OptionUse): Match | string {
  const range = parsePortRange(value(use))
  return typeof range === 'string' ? range : { m: 'ctport', field, lo: range.lo, hi: range.hi, invert: use.invert }
}

function conntrackMatch(use: OptionUse): Match | string {
  switch (use.name) {
    case 'ctstate':
      return stateMatch('conntrack', use)
    case 'ctproto': {
      const proto = parseProtocol(value(use))
      return proto === null ? `unknown protocol "${value(use)}" specified` : { m: 'ctproto', proto, invert: use.invert }
    }
    case 'ctorigsrc':
    case 'ctorigdst':
    case 'ctreplsrc':
    case 'ctrepldst':
      return addressMatch(use.name, use)
    case 'ctorigsrcport':
    case 'ctorigdstport':
    case 'ctreplsrcport':
    case 'ctrepldstport':
      return portMatch(use.name, use)
    case 'ctstatus':
      return statusMatch(use)
    case 'ctexpire': {
      const range = parseRange(value(use), 0xffffffff)
      return range ? { m: 'ctexpire', ...range, invert: use.invert } : badInteger('conntrack', 'ctexpire')
    }
    default: {
      const dir = value(use).toUpperCase()
      if (dir !== 'ORIGINAL' && dir !== 'REPLY') return `Bad direction "${value(use)}"`
      return { m: 'ctdir', dir }
    }
  }
}

const inverted = (...names: readonly string[]) => names.map((name) => ({ name, args: 1, invert: true }) as const)

const conntrack: MatchModule = {
  name: 'conntrack',
  options: [
    ...inverted('ctstate', 'ctproto', 'ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'),
    ...inverted('ctorigsrcport', 'ctorigdstport', 'ctreplsrcport', 'ctrepldstport', 'ctstatus', 'ctexpire'),
    { name: 'ctdir', args: 1 },
  ],
  build(uses) {
    if (uses.length === 0) return 'conntrack: At least one option is required'
    return collect(inPrintOrder(conntrack, uses), conntrackMatch)
  },
}

const state: MatchModule = {
  name: 'state',
  options: inverted('state'),
  build: (uses) =>
    uses.length === 0 ? "You must specify `--state'" : collect(uses, (use) => stateMatch('state', use)),
}

function marked(name: 'mark' | 'connmark'): MatchModule {
  return {
    name,
    options: inverted('mark'),
    build(uses) {
      if (uses.length === 0) return mustBeGiven(name, 'mark')
      return collect(uses, (use) => {
        const mark = parseMark(value(use))
        return mark ? { m: name, ...mark, invert: use.invert } : badInteger(name, 'mark')
      })
    },
  }
}

export const CONNECTION_MODULES: readonly MatchModule[] = [conntrack, state, marked('mark'), marked('connmark')]
