import { translation } from '../catalogue.ts'
import { passportEn } from './en.ts'

export const passportZh = translation(passportEn)({
  'feature-bridge': '网桥',
  'feature-bridge-netfilter': '桥接帧经过 iptables（br_netfilter）',
  'feature-vlan': 'VLAN（802.1Q）虚拟局域网',
  'feature-vxlan': 'VXLAN 隧道',
  'feature-geneve': 'Geneve 隧道',
  'feature-ipip': 'IPIP 隧道',
  'feature-gre': 'GRE 隧道',
  'feature-wireguard': 'WireGuard 隧道',
  'feature-macvlan': 'macvlan 设备',
  'feature-ipvlan': 'ipvlan 设备',
  'feature-dummy': 'dummy 设备',
  'feature-tun': 'tun 设备',
  'feature-arp': 'ARP 与邻居表',
  'feature-proxy-arp': 'ARP 代理',
  'feature-forwarding': '路由与转发',
  'feature-policy-routing': '策略路由',
  'feature-multipath': '多路径路由',
  'feature-refusing-routes': 'unreachable、prohibit 与 blackhole 路由',
  'feature-reverse-path-filter': '反向路径过滤',
  'feature-time-exceeded': 'TTL 耗尽与 traceroute',
  'feature-unreachable': 'ICMP 不可达错误',
  'feature-redirects': 'ICMP 重定向',
  'feature-path-mtu': '路径 MTU 发现',
  'feature-fragmentation': '分片与重组',
  'feature-udp': 'UDP 协议',
  'feature-tcp': 'TCP 协议',
  'feature-tcp-reset': 'TCP 重置',
  'feature-connections': '连接跟踪',
  'feature-iptables-filter': 'iptables：filter 表',
  'feature-iptables-nat': 'iptables：nat 表',
  'feature-iptables-mangle': 'iptables：mangle 表',
  'feature-iptables-raw': 'iptables：raw 表',
  'feature-ipset': 'ipset 集合',
  'feature-services': 'Kubernetes Service（kube-proxy 的规则）',
  'feature-docker': 'Docker 网络',

  'none-every-frame': '这类设备只负责传送：每个场景都会逐帧比较经过它的内容，因此没有单独的条目。',
  'none-control-plane': '控制平面和程序不属于 Linux 内核，没有真实内核可以对照。',
  'none-wire': '线路和交换机在机器之外，没有真实内核可以对照。',

  'deviation-socket-hash':
    '按端口分流的路由器会沿用同一台机器上 TCP 套接字的哈希值，Linux 随机生成它；这里由端口算出。',
  'deviation-tcp-loss-timing': '丢包时的 TCP 较为简化：没有尾部丢包探测、ECN、Fast Open 和 CUBIC；重传的时刻可能不同。',
  'deviation-icmp-limit-of-all':
    '针对全部接收者的 ICMP 错误限速（icmp_msgs_per_sec）：Linux 每条错误随机扣 0 到 2 个额度，这里总是一个。',
  'deviation-empty-nat-table':
    '在 Linux 中，只要声明了链，空的 nat 表也会挂上钩子；在模拟器中，内建链从第一条规则起才生效。',
  'deviation-cut-last':
    'Linux 把连续几个满的 TCP 报文段作为一个数据包送过 OUTPUT，最后才切开；这里每个报文段各自经过规则，因此计数可能不同。',
  'deviation-refused-first-piece':
    'REJECT 遇到未重组数据报的第一个分片时，模拟器不作应答直接丢弃；在 Linux 中，如果同一台机器上先前的网络命名空间已确认其校验和正确，则会应答。',
  'deviation-tunnel-source-port': '在 Linux 中，隧道的 UDP 源端口是带随机密钥的哈希值，因此不参与比较。',
})
