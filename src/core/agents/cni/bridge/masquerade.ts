import { sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { type Cidr, formatCidr, network } from '../../../base/cidr.ts'
import { formatIpv4 } from '../../../base/ipv4.ts'
import type { CniCall, CniHost } from '../../contracts/cni.ts'
import { IptablesSession } from '../../contracts/iptables.ts'

const MAX_CHAIN = 28

/** utils.MustFormatChainNameWithPrefix: `CNI-`, a prefix, and as much of a SHA-512 of network and container as fits. */
export function chainName(prefix: string, network_: string, containerId: string): string {
  const digest = sha512(Uint8Array.from(network_ + containerId, (c) => c.charCodeAt(0) & 255))
  return `CNI-${prefix}${bytesToHex(digest)}`.slice(0, MAX_CHAIN)
}

const comment = (call: CniCall): string =>
  `-m comment --comment "name: \\"${call.config.name}\\" id: \\"${call.containerId}\\""`

/** `ipMasq` of the bridge plugin: what leaves the container's subnet leaves with the node's address (pkg/ip/ipmasq_iptables_linux.go). */
export function setupMasquerade(host: CniHost, call: CniCall, address: Cidr): void {
  const chain = chainName('', call.config.name ?? '', call.containerId)
  const subnet = formatCidr({ addr: network(address), len: address.len })
  const session = new IptablesSession(host.kernel, host.netns, host.subject)
  session.ensureChain('nat', chain)
  session.ensureRule('nat', chain, `-d ${subnet} ${comment(call)} -j ACCEPT`, 'append')
  session.ensureRule('nat', chain, `! -d 224.0.0.0/4 ${comment(call)} -j MASQUERADE`, 'append')
  session.ensureRule('nat', 'POSTROUTING', `-s ${formatIpv4(address.addr)} ${comment(call)} -j ${chain}`, 'append')
  session.commit()
}

export function teardownMasquerade(host: CniHost, call: CniCall, address: Cidr): void {
  const chain = chainName('', call.config.name ?? '', call.containerId)
  const session = new IptablesSession(host.kernel, host.netns, host.subject)
  session.deleteRule('nat', 'POSTROUTING', `-s ${formatIpv4(address.addr)} ${comment(call)} -j ${chain}`)
  session.deleteChain('nat', chain)
  session.commit()
}
