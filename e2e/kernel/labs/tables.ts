import { AS_IN_THE_LAB } from '../../../src/core/explain/export/rules.ts'

/** Tables as both sides print them, reduced to what an export promises: what somebody wrote, and what follows from that alone. */
export const TABLES: Readonly<
  Record<string, { readonly command: string; readonly normal: (text: string) => readonly string[] }>
> = {
  addresses: {
    command: 'ip -4 addr',
    normal: (text) => sorted(text, (line) => (/^\s+inet /.test(line) ? line.trim().replace(/@\S+/, '') : null)),
  },
  links: { command: 'ip -d link', normal: devices },
  routes: {
    command: 'ip -4 route show table all',
    normal: (text) => sorted(text, (line) => line.trim().replace(/ linkdown\b/, '')),
  },
  rules: { command: 'ip -4 rule', normal: (text) => sorted(text, (line) => line.trim().replace(/\s+/g, ' ')) },
  neighbours: {
    command: 'ip -4 neigh',
    normal: (text) => sorted(text, (line) => (line.includes('PERMANENT') ? line.trim() : null)),
  },
  forwarding: {
    command: 'bridge fdb show',
    normal: (text) =>
      sorted(text, (line) =>
        /^33:33|^01:00| vlan |^(?!.* dst ).* permanent/.test(line)
          ? null
          : line.trim().replace(/ self static$/, ' static'),
      ),
  },
  iptables: { command: 'iptables-save', normal: rules },
  settings: {
    command:
      'sysctl net.ipv4.ip_forward net.ipv4.conf.all.route_localnet net.ipv4.conf.all.rp_filter net.ipv4.conf.default.rp_filter',
    normal: (text) => sorted(text, (line) => line.trim()),
  },
}

function sorted(text: string, line: (line: string) => string | null): readonly string[] {
  return text
    .split('\n')
    .map(line)
    .filter((each): each is string => each !== null && each !== '')
    .sort()
}

/** Name, MAC, MTU, state, bridge, port and tunnel of every device. */
function devices(text: string): readonly string[] {
  return text
    .split(/^(?=\d+: )/m)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const word = (pattern: RegExp): string => pattern.exec(block)?.[1] ?? '-'
      const name = word(/^\d+: ([^:@]+)/)
      const tunnel = /vxlan (id \d+ .*?dstport \d+( nolearning)?)/.exec(block)?.[1]?.replace(/ srcport 0 0/, '') ?? '-'
      return [
        name,
        `mac ${word(/link\/\S+ (\S+)/)}`,
        `mtu ${word(/ mtu (\d+)/)}`,
        /<[^>]*\bUP\b/.test(block) ? 'up' : 'down',
        `master ${word(/ master (\S+)/)}`,
        `hairpin ${word(/hairpin (\S+)/)}`,
        `vxlan ${tunnel}`,
      ].join(', ')
    })
    .sort()
}

/** Rules and chains without dates and counters; tables that hold nothing but their own chains are as good as absent. */
function rules(text: string): readonly string[] {
  const tables = text.split(/^(?=\*)/m).filter((table) => table.startsWith('*'))
  return tables
    .map((table) =>
      table.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes(AS_IN_THE_LAB)),
    )
    .filter((lines) => lines.some((line) => line.startsWith('-A') || / - \[|DROP \[/.test(line)))
    .flatMap((lines) => lines.map((line) => line.replace(/ \[\d+:\d+\]$/, '')))
}
