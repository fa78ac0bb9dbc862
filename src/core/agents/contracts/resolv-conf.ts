import { IPV4_LOOPBACK, type Ipv4, parseIpv4 } from '../../base/ipv4.ts'

/** resolv.conf(5), as far as it is heeded. */
export interface ResolvConf {
  readonly nameservers: readonly Ipv4[]
  readonly search: readonly string[]
  readonly ndots: number
  /** Seconds. */
  readonly timeout: number
  readonly attempts: number
}

/** Reads resolv.conf text. No nameserver: the machine itself. IPv6 nameservers are left out. At most three count. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: Ipv4[] = []
  let search: string[] = []
  const options = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'nameserver') {
      const ip = parseIpv4(words[0] ?? '')
      if (ip !== null && nameservers.length < 3) nameservers.push(ip)
    } else if (keyword === 'search' || keyword === 'domain') search = words
    else if (keyword === 'options') {
      for (const word of words) {
        const [name, value] = word.split(':')
        options.set(name!, Number(value ?? '1'))
      }
    }
  }
  const bounded = (name: string, otherwise: number, max: number): number =>
    Math.min(options.get(name) ?? otherwise, max) || otherwise
  return {
    nameservers: nameservers.length > 0 ? nameservers : [IPV4_LOOPBACK],
    search: search.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== ''),
    ndots: Math.min(options.get('ndots') ?? 1, 15),
    timeout: bounded('timeout', 5, 30),
    attempts: bounded('attempts', 2, 5),
  }
}

/**
 * The absolute names that are asked for `name`, in order: fewer than ndots dots and the search list comes first, else the name as it
 * stands does. A trailing dot means no search.
 */
export function candidates(name: string, conf: Pick<ResolvConf, 'search' | 'ndots'>): readonly string[] {
  if (name.endsWith('.')) return [name]
  const dots = name.split('.').length - 1
  const searched = conf.search.map((domain) => `${name}.${domain}.`)
  return dots >= conf.ndots ? [`${name}.`, ...searched] : [...searched, `${name}.`]
}
