/**
 * Which tools of the console are in which image, by repository (as `normaliseImage` gives it). What is not listed has none of
 * them. kubectl is there wherever the lab's terminal is: on every machine and in every container, with the administrator's rights,
 * because a lesson should not fail for want of a kubeconfig.
 */
const NETWORK = [
  'ip',
  'bridge',
  'ss',
  'tcpdump',
  'iptables',
  'iptables-save',
  'iptables-restore',
  'ip6tables',
  'nft',
  'conntrack',
  'sysctl',
  'ethtool',
  'ipset',
  'ipvsadm',
  'dmesg',
  'arp',
  'netstat',
  'route',
] as const
const BUSYBOX = ['ip', 'sysctl', 'dmesg'] as const
const IPROUTE = ['ip', 'bridge', 'ss', 'sysctl'] as const

const TOOLS: Readonly<Record<string, readonly string[]>> = {
  'nicolaka/netshoot': NETWORK,
  'wbitt/network-multitool': ['ip', 'bridge', 'ss', 'tcpdump', 'iptables', 'ethtool', 'sysctl'],
  'praqma/network-multitool': ['ip', 'bridge', 'ss', 'tcpdump', 'iptables', 'ethtool', 'sysctl'],
  busybox: BUSYBOX,
  'registry.k8s.io/e2e-test-images/busybox': BUSYBOX,
  'registry.k8s.io/busybox': BUSYBOX,
  alpine: BUSYBOX,
  'radial/busyboxplus': BUSYBOX,
  'alpine/curl': BUSYBOX,
  'curlimages/curl': BUSYBOX,
  'registry.k8s.io/e2e-test-images/agnhost': ['ip', 'iptables', 'sysctl'],
  'registry.k8s.io/e2e-test-images/jessie-dnsutils': IPROUTE,
  'registry.k8s.io/kube-proxy': [
    'iptables',
    'iptables-save',
    'iptables-restore',
    'ip6tables',
    'nft',
    'conntrack',
    'ipset',
    'ip',
    'sysctl',
  ],
  'ghcr.io/flannel-io/flannel': [
    'ip',
    'bridge',
    'iptables',
    'iptables-save',
    'iptables-restore',
    'ip6tables',
    'nft',
    'sysctl',
  ],
  fedora: [],
  ubuntu: [],
  debian: [],
  nginx: [],
}

const ALWAYS: readonly string[] = ['kubectl', 'k']

/** The repository of an image reference: without registry default, tag and digest. */
export function repositoryOf(image: string): string {
  let name = image.split('@')[0]!
  const slash = name.lastIndexOf('/')
  const colon = name.indexOf(':', slash + 1)
  if (colon >= 0) name = name.slice(0, colon)
  return name.replace(/^(docker\.io|index\.docker\.io|mirror\.gcr\.io)\//, '').replace(/^library\//, '')
}

/** Whether an image holds a tool of the console. */
export function imageHas(image: string, command: string): boolean {
  const name = repositoryOf(image)
  return ALWAYS.includes(command) || (Object.hasOwn(TOOLS, name) && TOOLS[name]!.includes(command))
}

/** Tools that only images that list them have; anything else may be a program of the lab. */
const KNOWN: ReadonlySet<string> = new Set([...NETWORK, 'crictl', 'wg'])

/** Whether a command is one of the console's that an image does not bring. */
export const imageLacks = (image: string, command: string): boolean => KNOWN.has(command) && !imageHas(image, command)
