import type { LabCase } from './lab.ts'

const TEXT = `apiVersion: hopscope.dev/v1alpha1
kind: Lab
metadata:
  name: workshop
spec:
  fabric:
    networks:
      - {name: office, cidr: 10.0.1.0/24, mtu: 1500}
      - {name: lab, cidr: 10.0.2.0/24, mtu: 1400}
    routers:
      - name: r1
        interfaces: [{network: office, address: 10.0.1.1}, {network: lab, address: 10.0.2.1}]
    links:
      - {between: [carol, lab], delay: 3ms, rate: 10Mbit, loss: 0.1}
    hosts:
      - {name: a-machine-with-a-long-name, role: host, interfaces: [{network: office, address: 10.0.1.10}], gateway: 10.0.1.1}
      - {name: bob, role: host, interfaces: [{network: lab, address: 10.0.2.10}], gateway: 10.0.2.1}
      - {name: carol, role: host, interfaces: [{network: lab, address: 10.0.2.11}], gateway: 10.0.2.1}
  script:
    - {at: settled, in: host/bob, run: "ping -c 1 10.0.2.1; touch /tmp/hopscope-export-escaped"}
    - {at: settled, in: host/bob, run: "ping -c 1 10.0.2.1"}
    - {at: settled, in: host/bob, run: "ping -c 1 -W 1 10.0.1.10"}
`

const TYPED: LabCase['typed'] = [
  ['router/r1', 'ip link add br0 type bridge'],
  ['router/r1', 'ip link set br0 up'],
  ['router/r1', 'ip addr add 172.16.0.1/24 dev br0'],
  ['router/r1', 'ip addr add 172.16.0.2/24 dev br0'],
  ['router/r1', 'ip netns add red'],
  ['router/r1', 'ip link add v0 type veth peer name v1'],
  ['router/r1', 'ip link set v1 netns red'],
  ['router/r1', 'ip link set v0 master br0'],
  ['router/r1', 'ip link set v0 up'],
  ['router/r1', 'ip -n red link set v1 up'],
  ['router/r1', 'ip -n red addr add 172.16.0.9/24 dev v1'],
  ['router/r1', 'ip -n red route add default via 172.16.0.1'],
  ['router/r1', 'ip link add dum0 type bridge'],
  ['router/r1', 'ip link set dum0 up'],
  ['router/r1', 'ip addr add 172.17.0.1/32 dev dum0'],
  ['router/r1', 'ip route add unreachable 10.66.0.0/16'],
  ['router/r1', 'ip route add blackhole 10.67.0.0/16'],
  ['router/r1', 'ip route add prohibit 10.68.0.0/16 table 100'],
  ['router/r1', 'ip route add 10.69.0.0/16 via 10.0.2.10 table 100 metric 7'],
  [
    'router/r1',
    'ip route add 10.70.0.0/16 nexthop via 10.0.2.10 dev eth1 weight 1 nexthop via 10.0.1.10 dev eth0 weight 3',
  ],
  ['router/r1', 'ip route add 10.71.0.0/16 dev dum0 src 172.17.0.1 mtu 1300'],
  ['router/r1', 'ip rule add pref 1000 from 10.0.1.0/24 iif eth0 lookup 100'],
  ['router/r1', 'ip rule add pref 1001 fwmark 0x4000/0x4000 lookup 100'],
  ['router/r1', 'ip neigh add 10.0.2.77 lladdr 02:00:00:00:00:77 dev eth1 nud permanent'],
  ['router/r1', 'bridge fdb add 02:00:00:00:00:99 dev v0 master static'],
  ['router/r1', 'sysctl -w net.ipv4.conf.all.rp_filter=1'],
  ['router/r1', 'iptables -t nat -A POSTROUTING -s 172.16.0.0/24 -o eth0 -j MASQUERADE'],
  ['router/r1', 'iptables -P FORWARD DROP'],
  [
    'router/r1',
    'iptables -A FORWARD -i br0 -m conntrack --ctstate NEW,ESTABLISHED -m comment --comment "$(touch /tmp/hopscope-export-escaped)" -j ACCEPT',
  ],
  ['router/r1', "iptables -A FORWARD -m comment --comment 'END; touch /tmp/hopscope-export-escaped' -j ACCEPT"],
  ['host/bob', 'echo "$(cat /etc/hosts)" > /etc/resolv.conf'],
]

/** A machine on which somebody has used everything that an export must write out, and some things that must not get out of it. */
export const WORKSHOP: LabCase = {
  name: 'lab-workshop',
  about: 'everything that somebody can type, as one file; nothing in it is taken for shell',
  text: TEXT,
  typed: TYPED,
  single: true,
  forbidden: '/tmp/hopscope-export-escaped',
}
