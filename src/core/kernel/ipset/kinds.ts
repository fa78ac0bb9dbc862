import type { SetType } from './types.ts'

/** What an element of a type consists of, in order. `net`: an address with a prefix length. */
export type Part = 'ip' | 'net' | 'port' | 'iface' | 'mac' | 'set'

export interface Kind {
  readonly parts: readonly Part[]
  /** The newest revision that Linux 6.18 has: shown by `ipset list`. */
  readonly revision: number
  /** Bytes of an empty set without extensions and tables, and of one element (net/netfilter/ipset, 64 bit). */
  readonly base: number
  readonly bytes: number
}

export const KINDS: Readonly<Record<SetType, Kind>> = {
  'bitmap:ip': { parts: ['ip'], revision: 3, base: 88, bytes: 0 },
  'bitmap:ip,mac': { parts: ['ip', 'mac'], revision: 3, base: 80, bytes: 8 },
  'bitmap:port': { parts: ['port'], revision: 3, base: 72, bytes: 0 },
  'hash:ip': { parts: ['ip'], revision: 6, base: 216, bytes: 4 },
  'hash:ip,port': { parts: ['ip', 'port'], revision: 7, base: 216, bytes: 8 },
  'hash:ip,port,ip': { parts: ['ip', 'port', 'ip'], revision: 6, base: 208, bytes: 12 },
  'hash:ip,port,net': { parts: ['ip', 'port', 'net'], revision: 8, base: 456, bytes: 16 },
  'hash:net': { parts: ['net'], revision: 7, base: 456, bytes: 8 },
  'hash:net,iface': { parts: ['net', 'iface'], revision: 8, base: 456, bytes: 36 },
  'hash:net,port': { parts: ['net', 'port'], revision: 8, base: 456, bytes: 8 },
  'list:set': { parts: ['set'], revision: 3, base: 80, bytes: 48 },
}

export const isSetType = (text: string): text is SetType => Object.hasOwn(KINDS, text)

/** Types of ipset(8) that are not modelled (the kernel that judges us lacks most of them, too). */
export const UNMODELLED_TYPES: ReadonlySet<string> = new Set([
  'hash:mac',
  'hash:ip,mac',
  'hash:ip,mark',
  'hash:net,net',
  'hash:net,port,net',
])

export const isBitmap = (type: SetType): boolean => type.startsWith('bitmap:')

/** Whether a prefix may say "but not these". */
export const takesNomatch = (type: SetType): boolean => KINDS[type].parts.includes('net')
