import { readRanges } from '../../../src/core/agents/cni/host-local/ranges.ts'
import { parseGoJson } from '../../../src/core/agents/contracts/go-json.ts'
import { candidates, parseResolvConf } from '../../../src/core/agents/contracts/resolv-conf.ts'
import { readServer } from '../../../src/core/agents/coredns/config.ts'
import { parseCorefile } from '../../../src/core/agents/coredns/corefile.ts'
import { parseNetConf, readVxlanBackend } from '../../../src/core/agents/flannel/net-conf.ts'
import { readConfiguration } from '../../../src/core/agents/kube-proxy/configuration.ts'
import { parseResolvConf as parseHostResolvConf } from '../../../src/core/agents/kubelet/resolv-conf.ts'
import { compile } from '../../../src/core/agents/toolbox/shell/compile.ts'
import { matchesFilter, parseFilter } from '../../../src/console/tcpdump/filter.ts'
import { parseFrame } from '../../../src/core/wire/parse.ts'
import { dataToBytes } from '../../../src/core/wire/utf8.ts'
import { safeLine } from '../../../src/core/explain/export/safe-line.ts'
import { type Target, kindOf } from '../target.ts'

const COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    hosts {
      10.0.0.1 a.example
      fallthrough
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
    }
    loop
    reload
    loadbalance
}
example.org:1053 {
    whoami # comment
}
`
const NET_CONF =
  '{"Network": "10.244.0.0/16", "EnableNFTables": false, "SubnetLen": 24, "Backend": {"Type": "vxlan", "VNI": 1, "Port": 8472, "DirectRouting": true}}'
const CONFLIST =
  '{"name": "cbr0", "cniVersion": "0.3.1", "plugins": [{"type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}}, {"type": "host-local", "ranges": [[{"subnet": "10.244.1.0/24", "rangeStart": "10.244.1.10", "gateway": "10.244.1.1"}]], "routes": [{"dst": "0.0.0.0/0"}]}, {"type": "portmap", "capabilities": {"portMappings": true}}]}'
const PROXY =
  'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: iptables\nclusterCIDR: 10.244.0.0/16\niptables: {masqueradeAll: false, masqueradeBit: 14, minSyncPeriod: 1s, syncPeriod: 30s}\nconntrack: {maxPerCore: 32768, min: 131072, tcpEstablishedTimeout: 24h0m0s}\n'
const RESOLV =
  'search default.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5 timeout:2 # x\n'
const FRAME = parseFrame(
  dataToBytes(
    '\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x00\x45\x00\x00\x28\x00\x01\x40\x00\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\x04\xd2\x00\x50\0\0\0\x01\0\0\0\x02\x50\x02\x20\x00\0\0\0\0',
  ),
)

export const configs: Target = {
  name: 'configs',
  about:
    'configuration files that simulated programs read (Corefile, net-conf.json, CNI lists, kube-proxy, resolv.conf), tcpdump filters, shell syntax',
  dictionary: [
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\n',
    '#',
    '.',
    'kubernetes',
    'forward',
    'cache',
    'hosts',
    'import x',
    '(snip)',
    '{$ENV}',
    'fallthrough',
    '10.244.0.0/16',
    '"Network":',
    '"VNI": -1',
    '"Port": 99999',
    '"SubnetLen": 33',
    'null',
    'true',
    '1e999',
    '"ranges": [[]]',
    '"rangeEnd": "10.0.0.1"',
    'mode: nftables',
    'nameserver',
    'options ndots:99999',
    'search',
    'tcp',
    'udp',
    'port',
    'host',
    'net',
    'src',
    'dst',
    'and',
    'or',
    'not',
    '(',
    ')',
    'ip[0]',
    '& 0xf',
    '!= 5',
    'portrange 1-2',
    'ether',
    'vlan',
    'icmp[icmptype] = icmp-echo',
    'less 100',
    'if',
    'then',
    'fi',
    'do',
    'done',
    '$(',
    '${',
    '&&',
    '|',
    '<<',
    'case',
    'esac',
  ],
  seeds: () => [
    COREFILE,
    NET_CONF,
    CONFLIST,
    PROXY,
    RESOLV,
    'tcp port 80 and (src host 10.0.0.1 or dst net 10.244.0.0/16) and tcp[tcpflags] & (tcp-syn|tcp-ack) != 0',
    'not arp and (icmp or udp portrange 1-1024)',
    'for i in 1 2; do if [ $i = 1 ]; then echo "${i:-x}" | grep -v a && echo $(date); fi; done',
  ],
  run(input) {
    const kinds: string[] = []
    const corefile = parseCorefile(input, '/etc/coredns/Corefile')
    kinds.push(corefile.ok ? `${corefile.value.length}` : kindOf(corefile.error))
    if (corefile.ok) for (const block of corefile.value) readServer(block, () => RESOLV)
    const net = parseNetConf(input)
    kinds.push(net.ok ? 'net' : kindOf(net.error))
    const json = parseGoJson(input)
    if (json.ok) {
      const vxlan = readVxlanBackend(json.value)
      kinds.push(vxlan.ok ? 'vxlan' : kindOf(vxlan.error))
      const ranges = readRanges(json.value)
      kinds.push(ranges.ok ? 'ranges' : kindOf(ranges.error))
    }
    const proxy = readConfiguration({ argv: ['kube-proxy', '--config=/x'], readFile: () => input })
    kinds.push(proxy.ok ? 'proxy' : kindOf(proxy.error))
    const resolv = parseResolvConf(input)
    parseHostResolvConf(input)
    candidates('web.team-b', resolv)
    kinds.push(`${resolv.search.length > 0}`)
    const filter = parseFilter(
      input
        .slice(0, 20_000)
        .split(/\s+/)
        .filter((word) => word !== ''),
    )
    kinds.push(filter.ok ? 'filter' : kindOf(filter.error))
    if (filter.ok && FRAME.ok) matchesFilter(filter.value, FRAME.value)
    const shell = compile(input)
    kinds.push(shell.ok ? 'shell' : kindOf(JSON.stringify(shell.error)))
    safeLine(input)
    return kinds.join(' | ')
  },
}
