import type { ObjectRef } from '../../../base/ref.ts'
import { prefixHolds } from './addresses.ts'
import { type Categories, usesClusterPolicy, usesLocalPolicy } from './categorize.ts'
import { localDetector, type ProxyConfig } from './config.ts'
import { writeEndpointChains, writePolicyChain } from './endpoint-rules.ts'
import { chainLine, comment, type Output, type RestoreLine, rule } from './output.ts'
import type { ServicePortInfo } from './service-port.ts'

/** What the rules of one service port depend on. */
export interface ServiceContext {
  readonly config: ProxyConfig
  readonly port: ServicePortInfo
  readonly found: Categories
  /** More than a thousand endpoints in all: no comments on per-endpoint rules. */
  readonly largeCluster: boolean
}

interface Decision {
  readonly subject: readonly ObjectRef[]
  readonly hasInternal: boolean
  readonly hasExternal: boolean
  readonly usesExternal: boolean
  readonly usesFirewall: boolean
  readonly internalChain: string
  readonly externalPolicyChain: string
  /** Where load balancer addresses lead: the firewall chain where there are source ranges. */
  readonly balancerChain: string
}

function decide({ port, found }: ServiceContext): Decision {
  const noLocal = found.local.length === 0
  const usesFirewall = found.hasAny && port.loadBalancerVips.length > 0 && port.sourceRanges.length > 0
  return {
    subject: [port.ref],
    hasInternal: found.hasAny && !(port.internalLocal && noLocal),
    hasExternal: found.hasAny && !(port.externalLocal && noLocal),
    usesExternal: found.hasAny && port.externallyAccessible,
    usesFirewall,
    internalChain: port.internalLocal ? port.chains.local : port.chains.cluster,
    externalPolicyChain: port.externalLocal ? port.chains.local : port.chains.cluster,
    balancerChain: usesFirewall ? port.chains.firewall : port.chains.external,
  }
}

/** `-m tcp -p tcp -d IP --dport PORT`. */
const to = (port: ServicePortInfo, ip: string): string =>
  `-m ${port.protocol} -p ${port.protocol} -d ${ip} --dport ${port.port}`

/**
 * Writes the rules of one service port, in the order of proxier.go's syncProxyRules. The dispatching rules and the filter
 * table are always written whole; the port's own chains only if `writeChains` (a partial sync leaves unchanged ones out),
 * but they count as active either way.
 */
export function writeService(out: Output, context: ServiceContext, writeChains: boolean): void {
  const decision = decide(context)
  writeClusterIp(out, context, decision)
  writeExternalIps(out, context, decision)
  writeBalancerVips(out, context, decision)
  writeNodePort(out, context, decision)
  writeHealthCheckPort(out, context, decision)
  const own: Output = writeChains ? out : { ...out, natChains: [], natRules: [] }
  writeInternalMasquerade(own, context, decision)
  if (decision.usesExternal) writeExternalChain(own, context, decision)
  if (decision.usesFirewall) writeFirewallChain(own, context, decision)
  if (usesClusterPolicy(context.port, context.found))
    writePolicyChain(own, context, context.port.chains.cluster, context.found.cluster)
  if (usesLocalPolicy(context.port, context.found))
    writePolicyChain(own, context, context.port.chains.local, context.found.local)
  writeEndpointChains(own, context)
}

/** Comment and target of the filter rule for traffic that no endpoint can take. */
function refusal({ port, found }: ServiceContext): { readonly why: string; readonly target: string } {
  return found.hasAny
    ? { why: comment(`${port.name} has no local endpoints`), target: '-j DROP' }
    : { why: comment(`${port.name} has no endpoints`), target: '-j REJECT' }
}

function writeClusterIp(out: Output, context: ServiceContext, decision: Decision): void {
  const { port } = context
  const { why, target } = refusal(context)
  if (decision.hasInternal)
    out.natRules.push(
      dispatch(decision, comment(`${port.name} cluster IP`), to(port, port.clusterIp), `-j ${decision.internalChain}`),
    )
  else out.filterRules.push(rule(decision.subject, 'KUBE-SERVICES', why, to(port, port.clusterIp), target))
}

const dispatch = (decision: Decision, ...args: readonly string[]): RestoreLine =>
  rule(decision.subject, 'KUBE-SERVICES', ...args)

function writeExternalIps(out: Output, context: ServiceContext, decision: Decision): void {
  const { port, found } = context
  const { why, target } = refusal(context)
  for (const ip of port.externalIps) {
    if (found.hasAny)
      out.natRules.push(
        dispatch(decision, comment(`${port.name} external IP`), to(port, ip), `-j ${port.chains.external}`),
      )
    if (!decision.hasExternal)
      out.filterRules.push(rule(decision.subject, 'KUBE-EXTERNAL-SERVICES', why, to(port, ip), target))
  }
}

function writeBalancerVips(out: Output, context: ServiceContext, decision: Decision): void {
  const { port, found } = context
  const { why, target } = refusal(context)
  for (const ip of port.loadBalancerVips) {
    if (found.hasAny)
      out.natRules.push(
        dispatch(decision, comment(`${port.name} loadbalancer IP`), to(port, ip), `-j ${decision.balancerChain}`),
      )
    if (decision.usesFirewall) {
      const text = comment(`${port.name} traffic not accepted by ${port.chains.firewall}`)
      out.filterRules.push(rule(decision.subject, 'KUBE-PROXY-FIREWALL', text, to(port, ip), '-j DROP'))
    }
  }
  if (!decision.hasExternal)
    for (const ip of port.loadBalancerVips)
      out.filterRules.push(rule(decision.subject, 'KUBE-EXTERNAL-SERVICES', why, to(port, ip), target))
}

function writeNodePort(out: Output, context: ServiceContext, decision: Decision): void {
  const { port, found, config } = context
  if (port.nodePort === 0) return
  const protocol = `-m ${port.protocol} -p ${port.protocol}`
  const plain = `-m comment --comment ${port.name} ${protocol}`
  const jump = `-j ${port.chains.external}`
  if (found.hasAny) {
    if (config.localhostNodePorts && config.family === 'IPv4' && config.nfacct.localhostNodePorts) {
      const counted = `-d 127.0.0.0/8 --dport ${port.nodePort} -m nfacct --nfacct-name localhost_nps_accepted_pkts`
      out.natRules.push(rule(decision.subject, 'KUBE-NODEPORTS', plain, counted, jump))
    }
    out.natRules.push(rule(decision.subject, 'KUBE-NODEPORTS', plain, `--dport ${port.nodePort}`, jump))
  }
  if (!decision.hasExternal) {
    const { why, target } = refusal(context)
    const local = `-m addrtype --dst-type LOCAL ${protocol} --dport ${port.nodePort}`
    out.filterRules.push(rule(decision.subject, 'KUBE-EXTERNAL-SERVICES', why, local, target))
  }
}

function writeHealthCheckPort(out: Output, { port }: ServiceContext, decision: Decision): void {
  if (port.healthCheckNodePort === 0) return
  const text = comment(`${port.name} health check node port`)
  const args = `-m tcp -p tcp --dport ${port.healthCheckNodePort} -j ACCEPT`
  out.filterRules.push(rule(decision.subject, 'KUBE-NODEPORTS', text, args))
}

/** In the internal chain: which clients of the cluster IP have to be masqueraded. */
function writeInternalMasquerade(out: Output, { port, config }: ServiceContext, decision: Decision): void {
  const detector = localDetector(config.detectLocal)
  if (!decision.hasInternal || (!config.masqueradeAll && !detector)) return
  const notLocal = config.masqueradeAll ? '' : (detector?.ifNotLocal ?? '')
  const text = comment(`${port.name} cluster IP`)
  out.natRules.push(
    rule(decision.subject, decision.internalChain, text, to(port, port.clusterIp), notLocal, '-j KUBE-MARK-MASQ'),
  )
}

function writeExternalChain(out: Output, { port, config }: ServiceContext, decision: Decision): void {
  const chain = port.chains.external
  out.natChains.push(chainLine(chain, decision.subject))
  out.activeChains.add(chain)
  const add = (...args: readonly string[]) => out.natRules.push(rule(decision.subject, chain, ...args))
  const destinations = `${port.name} external destinations`
  if (!port.externalLocal) {
    // Return traffic must come back through this node.
    add(comment(`masquerade traffic for ${destinations}`), '-j KUBE-MARK-MASQ')
  } else {
    // Pods and the node itself may use every endpoint, as with the cluster IP.
    const detector = localDetector(config.detectLocal)
    if (detector) add(comment(`pod traffic for ${destinations}`), detector.ifLocal, `-j ${port.chains.cluster}`)
    const here = '-m addrtype --src-type LOCAL'
    add(comment(`masquerade LOCAL traffic for ${destinations}`), here, '-j KUBE-MARK-MASQ')
    add(comment(`route LOCAL traffic for ${destinations}`), here, `-j ${port.chains.cluster}`)
  }
  if (decision.hasExternal) add(`-j ${decision.externalPolicyChain}`)
}

function writeFirewallChain(out: Output, { port, config }: ServiceContext, decision: Decision): void {
  const chain = port.chains.firewall
  out.natChains.push(chainLine(chain, decision.subject))
  out.activeChains.add(chain)
  const text = comment(`${port.name} loadbalancer IP`)
  const allow = (source: string) =>
    out.natRules.push(rule(decision.subject, chain, text, `-s ${source}`, `-j ${port.chains.external}`))
  port.sourceRanges.forEach(allow)
  // The node reaches the address from the address itself, once it is bound to one of its devices.
  if (port.sourceRanges.some((range) => prefixHolds(range, config.nodeIp))) port.loadBalancerVips.forEach(allow)
  const rest = comment(`other traffic to ${port.name} will be dropped by KUBE-PROXY-FIREWALL`)
  out.natRules.push(rule(decision.subject, chain, rest))
}
