import { sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { ObjectRef } from '../../../base/ref.ts'
import { hasChain, hasRule } from '../../../kernel/netfilter/query.ts'
import type { RestoreLine } from '../../../kernel/netfilter/restore.ts'
import type { Ruleset } from '../../../kernel/netfilter/types.ts'

/** One entry of the CNI capability `portMappings`. */
export interface PortMapping {
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  /** '' or absent: every address of the host. */
  readonly hostIp?: string
}

export interface PortmapInput {
  /** `name` of the network configuration, `cbr0` for flannel. */
  readonly network: string
  readonly containerId: string
  /** The pod's address with its prefix length, `10.244.1.5/24`. */
  readonly podAddress: string
  readonly mappings: readonly PortMapping[]
  readonly subject: readonly ObjectRef[]
}

const DNAT = 'CNI-HOSTPORT-DNAT'
const SETMARK = 'CNI-HOSTPORT-SETMARK'
const MASQ = 'CNI-HOSTPORT-MASQ'
/** markMasqBit 13: KUBE-MARK-MASQ has bit 14. */
const MARK = '0x2000/0x2000'
/** `multiport` takes fifteen ports. */
const PORTS_PER_RULE = 15

/** `CNI-DN-` and hexadecimal digits of sha512(network + container id), 28 characters in all (pkg/utils, chain names). */
export function dnatChainName(network: string, containerId: string): string {
  const text = network + containerId
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0) & 255)
  return `CNI-DN-${bytesToHex(sha512(bytes))}`.slice(0, 28)
}

/** The three chains that all pods of a node share, and the jumps to them (plugins/meta/portmap/portmap_iptables.go). */
const SHARED: readonly { readonly chain: string; readonly args: string; readonly first?: true }[] = [
  { chain: 'PREROUTING', args: `-m addrtype --dst-type LOCAL -j ${DNAT}` },
  { chain: 'OUTPUT', args: `-m addrtype --dst-type LOCAL -j ${DNAT}` },
  { chain: SETMARK, args: `-m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark ${MARK}` },
  { chain: MASQ, args: `-m mark --mark ${MARK} -j MASQUERADE` },
  // In front: other plugins' rules would accept or return the packet before.
  { chain: 'POSTROUTING', args: `-m comment --comment "CNI portfwd requiring masquerade" -j ${MASQ}`, first: true },
]

/** The rules of CNI-HOSTPORT-DNAT that lead to a pod's own chain: one per protocol and fifteen ports. */
function entries(input: PortmapInput): readonly string[] {
  const chain = dnatChainName(input.network, input.containerId)
  const label = `dnat name: "${input.network}" id: "${input.containerId}"`.slice(0, 255)
  const comment = `-m comment --comment "${label.replace(/["\\]/g, '\\$&')}"`
  const rules: string[] = []
  for (const protocol of ['tcp', 'udp', 'sctp'] as const) {
    const ports = input.mappings.filter((mapping) => mapping.protocol === protocol).map((mapping) => mapping.hostPort)
    for (let i = 0; i < ports.length; i += PORTS_PER_RULE) {
      const list = ports.slice(i, i + PORTS_PER_RULE).join(',')
      rules.push(`-p ${protocol} ${comment} -m multiport --destination-ports ${list} -j ${chain}`)
    }
  }
  return rules
}

/** The rules of a pod's own chain: mark what needs masquerading (the pod itself, localhost), then rewrite. */
function ownRules(input: PortmapInput): readonly string[] {
  return input.mappings.flatMap((mapping) => {
    const host = mapping.hostIp && mapping.hostIp !== '0.0.0.0' ? `-d ${mapping.hostIp} ` : ''
    const port = `${host}-p ${mapping.protocol} --dport ${mapping.hostPort}`
    const to = `${input.podAddress.split('/')[0]}:${mapping.containerPort}`
    return [
      `-s ${input.podAddress} ${port} -j ${SETMARK}`,
      `-s 127.0.0.1 ${port} -j ${SETMARK}`,
      `${port} -j DNAT --to-destination ${to}`,
    ]
  })
}

/** Input for `iptables-restore --noflush` that does ADD for a pod; what the node already has is left as it is. */
export function portmapAdd(input: PortmapInput, ruleset: Ruleset): readonly RestoreLine[] {
  if (input.mappings.length === 0) return []
  const { subject } = input
  const chain = dnatChainName(input.network, input.containerId)
  const lines: RestoreLine[] = [{ text: '*nat' }]
  for (const shared of [DNAT, SETMARK, MASQ])
    if (!hasChain(ruleset, 'nat', shared)) lines.push({ text: `:${shared} - [0:0]` })
  lines.push({ text: `:${chain} - [0:0]`, subject })
  for (const rule of SHARED)
    if (!hasRule(ruleset, 'nat', rule.chain, rule.args))
      lines.push({ text: `${rule.first ? '-I' : '-A'} ${rule.chain} ${rule.args}` })
  for (const args of entries(input))
    if (!hasRule(ruleset, 'nat', DNAT, args)) lines.push({ text: `-A ${DNAT} ${args}`, subject })
  for (const args of ownRules(input)) lines.push({ text: `-A ${chain} ${args}`, subject })
  lines.push({ text: 'COMMIT' })
  return lines
}

/** The same for DEL: the pod's chain and the rules that lead to it. Empty where there is nothing left to delete. */
export function portmapDel(input: PortmapInput, ruleset: Ruleset): readonly RestoreLine[] {
  const chain = dnatChainName(input.network, input.containerId)
  if (!hasChain(ruleset, 'nat', chain)) return []
  const jumps = entries(input).filter((args) => hasRule(ruleset, 'nat', DNAT, args))
  return [
    { text: '*nat' },
    { text: `:${chain} - [0:0]` },
    ...jumps.map((args) => ({ text: `-D ${DNAT} ${args}` })),
    { text: `-X ${chain}` },
    { text: 'COMMIT' },
  ]
}
