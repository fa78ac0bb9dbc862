import { sysctl, sysctlNames } from '../../kernel/sysctl/sysctl.ts'
import type { ExplainEnv } from '../env.ts'
import { type Item, PHASE, linkThing, netnsThing } from './item.ts'
import { type SpaceNames, quote } from './names.ts'

/** Namespaces, each with the settings of a freshly installed kernel. */
export function netnsItems(env: ExplainEnv, names: SpaceNames): Item[] {
  const { t } = env.kernel
  return t.netns.keys().map((key) => {
    const { row, cause, subject } = t.netns.entry(key)!
    const name = names.space(row.id)
    return {
      host: row.host,
      table: 'netns',
      key,
      cause,
      subject,
      phase: PHASE.netns,
      commands: [`new_space ${name}`],
      needs: [],
      gives: [netnsThing(row.id)],
    }
  })
}

/** The other name of `net.ipv4.ip_forward`. */
const ALIAS = 'net.ipv4.conf.all.forwarding'

/** Nothing that leads out of /proc/sys/net. */
const IS_NAME = /^net\.[\w.@-]+$/

/** Settings that somebody wrote. */
export function sysctlItems(env: ExplainEnv, names: SpaceNames): Item[] {
  const { t } = env.kernel
  return t.sysctl.keys().flatMap((key): Item[] => {
    const { row, cause, subject } = t.sysctl.entry(key)!
    if (row.name === ALIAS || !IS_NAME.test(row.name) || row.name.includes('..')) return []
    const device = deviceOf(row.name)
    const link = device === null ? 0 : (t.linkByName.at(`${row.netns}/${device}`).firstKey() ?? 0)
    return [
      {
        host: t.netns.get(row.netns)?.host ?? '',
        table: 'sysctl',
        key,
        cause,
        subject: subject.length > 0 ? subject : (t.netns.entry(row.netns)?.subject ?? []),
        phase: PHASE.sysctl,
        commands: [
          `set_sysctl ${names.space(row.netns)} ${spelling(row.name)} ${quote(row.value.replaceAll('\t', ' '))}`,
        ],
        needs: [netnsThing(row.netns), ...(link === 0 ? [] : [linkThing(link)])],
        gives: [],
      },
    ]
  })
}

const PER_DEVICE = /^(net\.ipv4\.(?:conf|neigh))\.(.+)\.([^.]+)$/

function deviceOf(name: string): string | null {
  const device = PER_DEVICE.exec(name)?.[2]
  return device === undefined || device === 'all' || device === 'default' ? null : device
}

/** As sysctl(8) takes it: with slashes where a device's name has a dot in it. */
function spelling(name: string): string {
  const match = PER_DEVICE.exec(name)
  if (!match?.[2]!.includes('.')) return quote(name)
  return quote(`${match[1]!.replaceAll('.', '/')}/${match[2]}/${match[3]}`)
}

/** What a fresh kernel of the lab has, as `path value` below /proc/sys; a real one may have been set up otherwise, and namespaces inherit. */
export function kernelDefaults(env: ExplainEnv): readonly string[] {
  const { kernel } = env
  const own = sysctlNames(kernel, 0).filter((name) => !name.endsWith('.forwarding'))
  return [
    'net/ipv6/conf/all/disable_ipv6 1',
    'net/ipv6/conf/default/disable_ipv6 1',
    ...own.map((name) => `${name.replaceAll('.', '/')} ${(sysctl(kernel, 0, name) ?? '').replaceAll('\t', ' ')}`),
    'net/bridge/bridge-nf-call-iptables 0',
    'net/bridge/bridge-nf-call-ip6tables 0',
    'net/bridge/bridge-nf-call-arptables 0',
  ]
}
