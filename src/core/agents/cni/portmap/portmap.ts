import { parseCidr } from '../../../base/cidr.ts'
import { ok } from '../../../base/result.ts'
import { fibLookup } from '../../../kernel/route/lookup.ts'
import { readRuleset, restore } from '../../../kernel/netfilter/store.ts'
import { setSysctl } from '../../../kernel/sysctl/sysctl.ts'
import {
  CNI_CODE,
  type CniCall,
  type CniHost,
  type CniOutcome,
  type CniPlugin,
  type CniResult,
} from '../../contracts/cni.ts'
import { cniError } from '../../contracts/cni-runtime.ts'
import { NOTHING } from '../version.ts'
import { type PortMapping, type PortmapInput, portmapAdd, portmapDel } from './rules.ts'

/** containernetworking/plugins plugins/meta/portmap: host ports of a container as iptables rules. It works on what the plugin before it did. */
export const portmap: CniPlugin = { type: 'portmap', run }

function run(host: CniHost, call: CniCall): CniOutcome {
  if (call.verb === 'VERSION' || call.verb === 'CHECK') return NOTHING
  const previous = call.config.prevResult
  if (call.verb === 'ADD' && !previous)
    return cniError(call.config, CNI_CODE.internal, 'must be called as chained plugin')
  const input = inputOf(host, call, previous)
  if (call.verb === 'ADD') return input ? add(host, call, input, previous!) : ok(previous!)
  if (input)
    restore(host.kernel, host.netns, portmapDel(input, readRuleset(host.kernel, host.netns)), { noflush: true })
  return NOTHING
}

function inputOf(host: CniHost, call: CniCall, previous: CniResult | undefined): PortmapInput | null {
  const mappings = (call.config.runtimeConfig?.portMappings ?? []).map(
    ({ hostPort, containerPort, protocol, hostIP }): PortMapping => ({
      hostPort,
      containerPort,
      protocol,
      ...(hostIP !== undefined && hostIP !== '' && { hostIp: hostIP }),
    }),
  )
  const podAddress = previous?.ips?.[0]?.address
  if (mappings.length === 0 || podAddress === undefined) return null
  return { network: call.config.name ?? '', containerId: call.containerId, podAddress, mappings, subject: host.subject }
}

function add(host: CniHost, call: CniCall, input: PortmapInput, previous: CniResult): CniOutcome {
  const k = host.kernel
  const done = restore(k, host.netns, portmapAdd(input, readRuleset(k, host.netns)), { noflush: true })
  if (!done.ok) return cniError(call.config, CNI_CODE.internal, `unable to create chain: ${done.error.stderr.trim()}`)
  allowLocalhost(host, input.podAddress)
  return ok(previous)
}

/** 127.0.0.1:hostPort works only when the device towards the container may carry such addresses. */
function allowLocalhost(host: CniHost, podAddress: string): void {
  const address = parseCidr(podAddress)
  const route = address && fibLookup(host.kernel, host.netns, address.addr)
  const link = route && host.kernel.t.link.get(route.route.dev)
  if (link) setSysctl(host.kernel, host.netns, `net.ipv4.conf.${link.name}.route_localnet`, '1')
}
