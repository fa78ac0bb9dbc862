import { formatIpv4 } from '../../base/ipv4.ts'
import type { Pod } from '../../api/kinds/types.ts'
import { type Kubelets, nodeOf } from './context.ts'
import { formatResolvConf, parseResolvConf, podResolvConf } from './resolv-conf.ts'
import type { PodRow } from './tables.ts'

/** The file system that holds what all containers of a pod share. */
export const podFs = (uid: string): string => `pod/${uid}`

/** The name that `hostname` prints in the pod: truncated as kubelet does, or the node's for host-network pods. */
export const hostnameOf = (pod: Pod): string =>
  pod.spec.hostNetwork ? (pod.spec.nodeName ?? '') : (pod.spec.hostname || pod.metadata.name).slice(0, 63)

/** Writes hosts, hostname and resolv.conf of a pod; containers have them mounted. */
export function writePodFiles(kl: Kubelets, row: PodRow, podIp: string): void {
  const { files } = kl.env
  const fs = podFs(row.uid)
  files.write(fs, '/hostname', `${hostnameOf(row.pod)}\n`)
  files.write(fs, '/hosts', hostsFile(kl, row, podIp))
  files.write(fs, '/resolv.conf', resolvConf(kl, row))
}

function resolvConf(kl: Kubelets, row: PodRow): string {
  const { files, cluster } = kl.env
  const node = parseResolvConf(files.read(row.node, '/etc/resolv.conf') ?? '')
  const namespace = row.pod.metadata.namespace ?? 'default'
  const conf = podResolvConf(row.pod.spec, {
    namespace,
    clusterDomain: cluster.dnsDomain,
    clusterDns: cluster.dnsAddress,
    node,
  })
  return formatResolvConf(conf)
}

/** pkg/kubelet/kubelet_pods.go managedHostsFileContent, and the node's own file for host-network pods. */
function hostsFile(kl: Kubelets, row: PodRow, podIp: string): string {
  const { spec } = row.pod
  const aliases = (spec.hostAliases ?? []).map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}\n`)
  const added = aliases.length > 0 ? `\n# Entries added by HostAliases.\n${aliases.join('')}` : ''
  if (spec.hostNetwork) {
    const own = kl.env.files.read(row.node, '/etc/hosts') ?? ''
    return `# Kubernetes-managed hosts file (host network).\n${own}${added}`
  }
  const name = hostnameOf(row.pod)
  const { namespace = 'default' } = row.pod.metadata
  const fqdn = spec.subdomain ? `${name}.${spec.subdomain}.${namespace}.svc.${kl.env.cluster.dnsDomain}\t` : ''
  return (
    '# Kubernetes-managed hosts file.\n' +
    '127.0.0.1\tlocalhost\n' +
    '::1\tlocalhost ip6-localhost ip6-loopback\n' +
    'fe00::0\tip6-localnet\n' +
    'fe00::0\tip6-mcastprefix\n' +
    'fe00::1\tip6-allnodes\n' +
    'fe00::2\tip6-allrouters\n' +
    `${podIp}\t${fqdn}${name}\n${added}`
  )
}

export const hostIpText = (kl: Kubelets, row: PodRow): string => formatIpv4(nodeOf(kl, row).ip)
