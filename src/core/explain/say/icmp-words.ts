/** The ICMP errors that have a sentence of their own; others share one that shows type and code. */
const NAMES: Readonly<Record<string, string>> = {
  '3/0': 'net',
  '3/1': 'host',
  '3/2': 'proto',
  '3/3': 'port',
  '3/4': 'mtu',
  '3/9': 'prohibited',
  '3/10': 'prohibited',
  '3/13': 'prohibited',
  '11/0': 'ttl',
  '11/1': 'reassembly',
  '5/0': 'redirect',
  '5/1': 'redirect',
}

/** `icmp-told-port`, `icmp-told-other`: the key for an ICMP error of this type and code. */
export const icmpKey = (stem: string, type: number, code: number): string =>
  `${stem}-${NAMES[`${type}/${code}`] ?? 'other'}`
