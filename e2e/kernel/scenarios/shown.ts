import type { Scenario, Setup } from '../language.ts'
import { ask, chain, change, ip, lan, ping, tcp } from './topologies.ts'

const rules = (ns: string, text: string): Setup => ({ do: 'iptables', ns, text })

/** What other tools than iptables itself say of its rules. */
export const SHOWN: readonly Scenario[] = [
  {
    name: 'nft-shown',
    about:
      'nft list ruleset: rules of iptables-nft as expressions of nf_tables, in libxtables’ translation, or as xt match and xt target',
    setup: [
      ...chain(1),
      rules(
        'a',
        `*filter
-A INPUT -p tcp -m hashlimit --hashlimit-upto 10/min --hashlimit-mode srcip --hashlimit-name foo -j ACCEPT
-A INPUT -m hashlimit --hashlimit-above 20/sec --hashlimit-burst 30 --hashlimit-mode srcip,dstport --hashlimit-name bar --hashlimit-htable-expire 10000 -j DROP
-A INPUT -m hashlimit --hashlimit-upto 3/hour --hashlimit-burst 5 --hashlimit-mode dstip --hashlimit-name baz --hashlimit-dstmask 24 -j ACCEPT
-A INPUT -m quota --quota 1000 -j ACCEPT
-A INPUT -m quota ! --quota 1000 -j ACCEPT
-A INPUT -m connbytes --connbytes 100:200 --connbytes-mode bytes --connbytes-dir both -j ACCEPT
-A INPUT -m connbytes ! --connbytes 100 --connbytes-mode packets --connbytes-dir reply -j ACCEPT
-A INPUT -m connbytes --connbytes 100 --connbytes-mode avgpkt --connbytes-dir original -j ACCEPT
-A INPUT -m limit --limit 5/min -j ACCEPT
-A INPUT -m limit --limit 5/min --limit-burst 8 -j ACCEPT
-A INPUT -m limit --limit 2/sec -j ACCEPT
-A INPUT -m statistic --mode nth --every 3 --packet 1 -j ACCEPT
-A INPUT -m statistic --mode nth ! --every 3 --packet 0 -j ACCEPT
-A INPUT -m iprange ! --src-range 10.0.0.1-10.0.0.5 -j ACCEPT
-A INPUT -m iprange --dst-range 10.0.0.1-10.0.0.5 -j ACCEPT
-A INPUT -m length --length 10 -j ACCEPT
-A INPUT -m length ! --length 10:20 -j ACCEPT
-A INPUT -m ttl --ttl-eq 5 -j ACCEPT
-A INPUT -m ttl ! --ttl-eq 5 -j ACCEPT
-A INPUT -m ttl --ttl-gt 5 -j ACCEPT
-A INPUT -m dscp ! --dscp 46 -j ACCEPT
-A INPUT -m tos --tos 0x10/0x3f -j ACCEPT
-A INPUT -m tos --tos 0x10 -j ACCEPT
-A INPUT -m pkttype --pkt-type broadcast -j ACCEPT
-A INPUT -m pkttype ! --pkt-type unicast -j ACCEPT
-A INPUT -m mac --mac-source 02:00:00:00:00:01 -j ACCEPT
-A INPUT -m mac ! --mac-source 02:00:00:00:00:01 -j ACCEPT
-A INPUT -p tcp -m tcp --tcp-flags SYN,RST SYN -j ACCEPT
-A INPUT -p tcp -m tcp ! --tcp-flags SYN,RST,ACK,FIN SYN -j ACCEPT
-A INPUT -p tcp -m tcp --tcp-option 8 -j ACCEPT
-A INPUT -p tcp -m tcpmss --mss 500:1000 -j ACCEPT
-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT
-A INPUT -m conntrack --ctproto tcp -j ACCEPT
-A INPUT -m conntrack --ctstatus ASSURED -j ACCEPT
-A INPUT -m conntrack --ctorigsrc 10.0.0.0/8 -j ACCEPT
-A INPUT -m conntrack --ctorigdstport 80:90 -j ACCEPT
-A INPUT -m conntrack --ctdir REPLY -j ACCEPT
-A INPUT -m conntrack --ctexpire 5:10 -j ACCEPT
-A INPUT -m connmark --mark 0x1 -j ACCEPT
-A INPUT -m connmark --mark 0x1/0xff -j ACCEPT
-A INPUT -m physdev --physdev-in veth0 -j ACCEPT
-A INPUT -m recent --name x --rcheck --seconds 60 -j DROP
-A INPUT -p icmp -m icmp --icmp-type 3/4 -j ACCEPT
-A INPUT -p icmp -m icmp --icmp-type 11 -j ACCEPT
-A INPUT -p icmp -m icmp ! --icmp-type 8 -j ACCEPT
-A INPUT -f -j ACCEPT
-A INPUT -p tcp -m multiport --sports 80,90:95 -j ACCEPT
-A INPUT -p tcp -m multiport --ports 80,90 -j ACCEPT
-A INPUT -p tcp -m multiport ! --dports 80 -j ACCEPT
-A INPUT -m addrtype --src-type UNICAST,LOCAL -j ACCEPT
-A INPUT -m addrtype --dst-type LOCAL --limit-iface-in -j ACCEPT
-A OUTPUT -m owner --uid-owner 1000 -j ACCEPT
-A OUTPUT -m owner ! --uid-owner 1000-2000 --gid-owner 5 -j ACCEPT
-A OUTPUT -m owner --socket-exists -j ACCEPT
-A INPUT -j LOG --log-prefix "x " --log-level 7 --log-tcp-options
-A INPUT -j NFLOG --nflog-group 3 --nflog-prefix abc
-A INPUT -j NFQUEUE --queue-num 3 --queue-bypass
-A INPUT -j REJECT --reject-with icmp-host-prohibited
COMMIT
`,
      ),
      rules(
        'r1',
        `*mangle
-A PREROUTING -p tcp -j TPROXY --on-port 80
-A PREROUTING -j CONNMARK --save-mark
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -j CONNMARK --set-mark 5
-A PREROUTING -j CONNMARK --set-mark 5/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1200
-A POSTROUTING -j TEE --gateway 10.0.0.1
COMMIT
`,
      ),
      rules(
        'b',
        `*raw
-A PREROUTING -j CT --notrack
-A PREROUTING -j CT --zone 5
-A PREROUTING -j TRACE
-A PREROUTING -j NOTRACK
COMMIT
`,
      ),
    ],
    stimuli: [ask('a', 'nft list ruleset'), ask('r1', 'nft list ruleset'), ask('b', 'nft list ruleset')],
  },
  {
    name: 'arp-shown',
    about: 'arp of net-tools: what needs no resolution is not there, what is answered for is',
    setup: lan(2),
    stimuli: [
      ask('h1', 'ip neigh add 10.0.0.8 lladdr 02:00:00:00:00:08 nud noarp dev eth0'),
      ask('h1', 'arp -n'),
      ask('h1', 'arp -an'),
      ask('h1', 'ip neigh add proxy 10.0.0.77 dev eth0'),
      ask('h1', 'ip neigh add proxy 10.0.0.9 dev eth0'),
      ask('h1', 'arp -n'),
      ask('h1', 'arp -an'),
      ask('h1', 'ip neigh add 10.0.0.2 lladdr 02:00:00:00:02:01 dev eth0'),
      ask('h1', 'arp -n'),
      ask('h1', 'arp -an'),
      ask('h1', 'arp -n 10.0.0.77'),
      ask('h1', 'arp -an 10.0.0.77'),
      ask('h1', 'arp -an 10.0.0.99'),
    ],
  },
  {
    name: 'net-tools-shown',
    about: 'route, netstat and arp of net-tools',
    setup: [
      ...lan(2),
      ip('h1', 'addr add 172.16.5.1/16 dev eth0'),
      ip('h1', 'route add default via 10.0.0.2'),
      ip('h1', 'route add 10.9.0.0/16 via 10.0.0.2 metric 5'),
      ip('h1', 'route add 10.8.1.1 via 10.0.0.2'),
      ip('h1', 'route add unreachable 10.7.0.0/16'),
      ip('h1', 'route add blackhole 10.6.0.0/16'),
      ip('h1', 'route add prohibit 10.5.0.1'),
    ],
    servers: [
      { ns: 'h1', proto: 'tcp', port: 80 },
      { ns: 'h1', proto: 'udp', port: 53, at: '10.0.0.1' },
      { ns: 'h2', proto: 'tcp', port: 8080, manner: 'mute' },
    ],
    stimuli: [
      ask('h1', 'route -n'),
      ask('h1', 'netstat -rn'),
      ask('h1', 'arp -n'),
      ask('h1', 'arp -an'),
      ask('h1', 'netstat -tln'),
      ask('h1', 'netstat -uln'),
      ask('h1', 'netstat -tuln'),
      ask('h1', 'netstat -tun'),
      tcp('h1', 40001, '10.0.0.2', 8080, { patience: 100 }),
      ask('h2', 'netstat -tan'),
      ask('h2', 'netstat -tn'),
      ask('h2', 'netstat -an --inet'),
      ask('h1', 'arp -n'),
      ask('h1', 'arp -an'),
      ask('h1', 'arp -n 10.0.0.2'),
      ask('h1', 'arp -n 10.0.0.99'),
      ask('h1', 'arp -an 10.0.0.99'),
      ping('h1', '10.0.0.77', { patience: 3500 }),
      change('h1', 'neigh add 10.0.0.8 lladdr 02:00:00:00:00:08 dev eth0 nud permanent'),
      ask('h1', 'arp -n 10.0.0.8'),
      ask('h1', 'arp -n 10.0.0.77'),
      ask('h1', 'arp -an 10.0.0.8'),
      ask('h1', 'arp -an 10.0.0.77'),
    ],
  },
]
