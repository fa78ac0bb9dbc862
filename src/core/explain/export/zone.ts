import { parseIpv4 } from '../../base/ipv4.ts'
import type { Namespace } from '../../api/kinds/types.ts'
import type { ExplainEnv } from '../env.ts'
import { clusterPods, servicesOf } from '../cluster.ts'

/**
 * What the cluster's DNS answers: `$ORIGIN DOMAIN`, then `NAME ADDRESS` lines, Services by their address, headless ones by those of their
 * ready pods; a name without address is there, but has none.
 */
export function zoneLines(env: ExplainEnv, domain: string): readonly string[] {
  const lines: string[] = [`$ORIGIN ${domain}`, `dns-version.${domain}`]
  for (const { metadata } of env.api?.ofKind<Namespace>('Namespace') ?? [])
    lines.push(`${metadata.name}.svc.${domain}`, `${metadata.name}.pod.${domain}`)
  for (const { name, namespace, clusterIP, endpoints } of servicesOf(env)) {
    const own = `${name}.${namespace}.svc.${domain}`
    const headless = clusterIP === 'None'
    const addresses = headless ? endpoints.filter(({ ready }) => ready).map(({ address }) => address) : [clusterIP]
    for (const address of addresses) if (parseIpv4(address) !== null) lines.push(`${own} ${address}`)
  }
  for (const { namespace, ip } of clusterPods(env)) {
    if (ip !== null) lines.push(`${ip.replaceAll('.', '-')}.${namespace}.pod.${domain} ${ip}`)
  }
  return [...new Set(lines)]
}
