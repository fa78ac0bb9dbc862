import { endpointChainName } from './chain-names.ts'
import type { EndpointInfo } from './endpoints.ts'
import { chainLine, comment, type Output, rule } from './output.ts'
import type { ServiceContext } from './service-rules.ts'
import type { ServicePortInfo } from './service-port.ts'

/** The probability of taking one of `n` endpoints, as kube-proxy writes it (`%0.10f`, computeProbability). */
export const probability = (n: number): string => (1 / n).toFixed(10)

const chainOf = (port: ServicePortInfo, endpoint: EndpointInfo): string =>
  endpointChainName(port.name, port.protocol, endpoint.text)

/**
 * A KUBE-SVC or KUBE-SVL chain: first the client's previous endpoint where there is session affinity, then a draw: with n
 * endpoints the first is taken with probability 1/n, the next with 1/(n-1), the last always.
 */
export function writePolicyChain(
  out: Output,
  { port, largeCluster }: ServiceContext,
  chain: string,
  endpoints: readonly EndpointInfo[],
): void {
  out.natChains.push(chainLine(chain, [port.ref]))
  out.activeChains.add(chain)
  const add = (endpoint: EndpointInfo, args: string): void => {
    const text = largeCluster ? '' : comment(`${port.name} -> ${endpoint.text}`)
    out.natRules.push(rule([port.ref, ...endpoint.subject], chain, text, args, `-j ${chainOf(port, endpoint)}`))
  }
  if (port.affinitySeconds !== null)
    for (const endpoint of endpoints)
      add(endpoint, `-m recent --name ${chainOf(port, endpoint)} --rcheck --seconds ${port.affinitySeconds} --reap`)
  endpoints.forEach((endpoint, i) => {
    const left = endpoints.length - i
    add(endpoint, left > 1 ? `-m statistic --mode random --probability ${probability(left)}` : '')
  })
}

/** A KUBE-SEP chain per endpoint: masquerade the endpoint's own traffic to itself, remember the client, rewrite. */
export function writeEndpointChains(out: Output, { port, found, largeCluster }: ServiceContext): void {
  const text = largeCluster ? '' : `-m comment --comment ${port.name}`
  for (const endpoint of found.reachable) {
    const chain = chainOf(port, endpoint)
    const subject = [port.ref, ...endpoint.subject]
    out.natChains.push(chainLine(chain, subject))
    out.activeChains.add(chain)
    out.natRules.push(rule(subject, chain, text, `-s ${endpoint.ip}`, '-j KUBE-MARK-MASQ'))
    const remember = port.affinitySeconds === null ? '' : `-m recent --name ${chain} --set`
    const rewrite = `-m ${port.protocol} -p ${port.protocol} -j DNAT --to-destination ${endpoint.text}`
    out.natRules.push(rule(subject, chain, text, remember, rewrite))
  }
}
