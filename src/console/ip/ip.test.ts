import { describe, expect, it } from 'vitest'
import { flannelNode, type FlannelNode } from '../testing/flannel-nodes.ts'
import { runCommand } from '../registry.ts'
import type { ConsolePlace } from '../types.ts'

// Texts between backquotes are what iproute2 6.1 printed on Linux 6.18 for the same network, lines about IPv6 left out.

function tool(node: FlannelNode, place: ConsolePlace) {
  return (line: string): { stdout: string; stderr: string; exit: number } => {
    const result = runCommand(node.env, place, line.split(' '))
    if (result?.kind !== 'done') throw new Error(line)
    return result
  }
}
const onNode = (): ReturnType<typeof tool> => {
  const node = flannelNode()
  return tool(node, node.n1)
}
const stdout = (line: string): string => {
  const node = flannelNode()
  const result = runCommand(node.env, node.n1, line.split(' '))
  expect(result).toMatchObject({ kind: 'done', stderr: '', exit: 0 })
  return result?.stdout ?? ''
}

describe('ip shows', () => {
  it('addresses of a node', () => {
    expect(stdout('ip addr'))
      .toBe(`1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netnsid 0
    inet 192.168.50.11/24 brd 192.168.50.255 scope global eth0
       valid_lft forever preferred_lft forever
3: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default qlen 1000
    link/ether 6a:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.244.1.0/32 scope global flannel.1
       valid_lft forever preferred_lft forever
4: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
    link/ether 0a:58:0a:f4:01:01 brd ff:ff:ff:ff:ff:ff
    inet 10.244.1.1/24 brd 10.244.1.255 scope global cni0
       valid_lft forever preferred_lft forever
5: vethp1@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master cni0 state UP group default qlen 1000
    link/ether 66:d7:73:9f:90:e1 brd ff:ff:ff:ff:ff:ff link-netns p1
6: vethp3@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master cni0 state UP group default qlen 1000
    link/ether 22:18:84:a3:64:11 brd ff:ff:ff:ff:ff:ff link-netns p3
`)
  })

  it('a pod from outside, in one line each, and in brief', () => {
    expect(stdout('ip -n p1 addr show eth0'))
      .toBe(`2: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
    link/ether 62:99:c9:28:48:e0 brd ff:ff:ff:ff:ff:ff link-netns n1
    inet 10.244.1.2/24 brd 10.244.1.255 scope global eth0
       valid_lft forever preferred_lft forever
`)
    expect(stdout('ip -n p1 -4 -o addr')).toBe(
      '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n' +
        '2: eth0    inet 10.244.1.2/24 brd 10.244.1.255 scope global eth0\\       valid_lft forever preferred_lft forever\n',
    )
    expect(stdout('ip -n p1 -br a')).toBe(
      'lo               UNKNOWN        127.0.0.1/8 \neth0@if5         UP             10.244.1.2/24 \n',
    )
    expect(stdout('ip -n n1 -br link')).toBe(
      'lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \n' +
        'eth0@if3         UP             52:54:00:00:00:01 <BROADCAST,MULTICAST,UP,LOWER_UP> \n' +
        'flannel.1        UNKNOWN        6a:00:00:00:00:01 <BROADCAST,MULTICAST,UP,LOWER_UP> \n' +
        'cni0             UP             0a:58:0a:f4:01:01 <BROADCAST,MULTICAST,UP,LOWER_UP> \n' +
        'vethp1@if2       UP             66:d7:73:9f:90:e1 <BROADCAST,MULTICAST,UP,LOWER_UP> \n' +
        'vethp3@if2       UP             22:18:84:a3:64:11 <BROADCAST,MULTICAST,UP,LOWER_UP> \n',
    )
  })

  it('the peer of a veth by number only, to who is inside a container', () => {
    const node = flannelNode()
    const inside: ConsolePlace = { ...node.p1, kind: 'pod', image: 'nicolaka/netshoot' }
    expect(tool(node, inside)('ip l sh eth0').stdout).toContain('ff:ff:ff:ff:ff:ff link-netnsid 0\n')
  })

  it('statistics in columns', () => {
    expect(stdout('ip -s link show lo'))
      .toBe(`1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    RX:  bytes packets errors dropped  missed   mcast           
             0       0      0       0       0       0 
    TX:  bytes packets errors dropped carrier collsns           
             0       0      0       0       0       0 
`)
  })

  it('details of a tunnel and of a bridge port', () => {
    expect(stdout('ip -d link show flannel.1'))
      .toBe(`3: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether 6a:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    vxlan id 1 local 192.168.50.11 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 524280 tso_max_segs 65535 gro_max_size 65536 
`)
    const port = stdout('ip -d link show vethp1')
    expect(port).toContain(
      'link-netns p1 promiscuity 1  allmulti 1 minmtu 68 maxmtu 65535 \n    veth \n    bridge_slave state forwarding priority 32 cost 2 hairpin on guard off',
    )
    expect(port).toContain(
      'port_id 0x8001 port_no 0x1 designated_port 32769 designated_cost 0 designated_bridge 8000.a:58:a:f4:1:1 designated_root 8000.a:58:a:f4:1:1 ',
    )
  })

  it('routes', () => {
    expect(stdout('ip route')).toBe(`default via 192.168.50.1 dev eth0 
10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1 
10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink 
192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.11 
`)
    expect(stdout('ip route show table local'))
      .toBe(`local 10.244.1.0 dev flannel.1 proto kernel scope host src 10.244.1.0 
local 10.244.1.1 dev cni0 proto kernel scope host src 10.244.1.1 
broadcast 10.244.1.255 dev cni0 proto kernel scope link src 10.244.1.1 
local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 
local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 
broadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1 
local 192.168.50.11 dev eth0 proto kernel scope host src 192.168.50.11 
broadcast 192.168.50.255 dev eth0 proto kernel scope link src 192.168.50.11 
`)
    expect(stdout('ip -4 r s t all').split('\n').slice(3, 6)).toEqual([
      '192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.11 ',
      'local 10.244.1.0 dev flannel.1 table local proto kernel scope host src 10.244.1.0 ',
      'local 10.244.1.1 dev cni0 table local proto kernel scope host src 10.244.1.1 ',
    ])
    expect(stdout('ip -d route').split('\n')[0]).toBe(
      'unicast default via 192.168.50.1 dev eth0 proto boot scope global ',
    )
    expect(stdout('ip -j route show 10.244.2.0/24')).toBe(
      '[{"dst":"10.244.2.0/24","gateway":"10.244.2.0","dev":"flannel.1","flags":["onlink"]}]\n',
    )
  })

  it('routes without what the question fixes', () => {
    expect(stdout('ip route show dev eth0')).toBe(
      'default via 192.168.50.1 \n192.168.50.0/24 proto kernel scope link src 192.168.50.11 \n',
    )
    expect(stdout('ip ro sh proto kernel')).toContain('10.244.1.0/24 dev cni0 scope link src 10.244.1.1 \n')
    expect(stdout('ip route show match 10.244.2.9')).toBe(
      'default via 192.168.50.1 dev eth0 \n10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink \n',
    )
    expect(stdout('ip route list 10.1.2.3')).toBe('')
  })

  it('which way a packet goes', () => {
    expect(stdout('ip route get 10.244.2.2 from 10.244.1.2 iif cni0')).toBe(
      '10.244.2.2 from 10.244.1.2 via 10.244.2.0 dev flannel.1 \n    cache iif cni0 \n',
    )
    expect(stdout('ip -n p1 route get 8.8.8.8')).toBe(
      '8.8.8.8 via 10.244.1.1 dev eth0 src 10.244.1.2 uid 0 \n    cache \n',
    )
    expect(stdout('ip route get 10.244.2.2')).toBe(
      '10.244.2.2 via 10.244.2.0 dev flannel.1 src 10.244.1.0 uid 0 \n    cache \n',
    )
    expect(stdout('ip route get 192.168.50.11')).toBe(
      'local 192.168.50.11 dev lo src 192.168.50.11 uid 0 \n    cache <local> \n',
    )
    expect(stdout('ip route get 8.8.8.8 mark 0x10')).toBe(
      '8.8.8.8 via 192.168.50.1 dev eth0 src 192.168.50.11 mark 0x10 uid 0 \n    cache \n',
    )
    expect(stdout('ip route get 8.8.8.8 from 192.168.50.11')).toBe(
      '8.8.8.8 from 192.168.50.11 via 192.168.50.1 dev eth0 uid 0 \n    cache \n',
    )
  })

  it('the local table by name once somebody has added a rule', () => {
    const run = onNode()
    run('ip rule add from 10.4.0.5 lookup 200')
    expect(run('ip route get 127.0.0.1').stdout).toBe(
      'local 127.0.0.1 dev lo table local src 127.0.0.1 uid 0 \n    cache <local> \n',
    )
  })

  it('neighbours', () => {
    expect(stdout('ip neigh')).toBe('10.244.2.0 dev flannel.1 lladdr 6a:00:00:00:00:02 PERMANENT \n')
    expect(stdout('ip neigh show dev flannel.1')).toBe('10.244.2.0 lladdr 6a:00:00:00:00:02 PERMANENT \n')
    expect(stdout('ip -s n')).toBe(
      '10.244.2.0 dev flannel.1 lladdr 6a:00:00:00:00:02  ref 1 used 0/0/0probes 0 PERMANENT \n',
    )
  })
})

describe('ip changes', () => {
  it('routes of every kind', () => {
    const run = onNode()
    for (const line of [
      'ip route add unreachable 10.99.1.0/24',
      'ip route add blackhole 10.99.2.0/24 proto bird',
      'ip route add prohibit 10.99.3.0/24',
      'ip route add throw 10.99.4.0/24',
      'ip route add 10.1.0.0/16 via 192.168.50.12 proto bird',
      'ip route add 10.2.0.0/26 via 192.168.50.12 dev eth0 proto 80 onlink',
      'ip route add 10.4.0.5 dev cni0',
      'ip route add 10.5.0.0/16 proto static metric 100 nexthop via 192.168.50.12 dev eth0 weight 1 nexthop via 192.168.50.13 dev eth0 weight 1',
    ]) {
      expect(run(line), line).toMatchObject({ stdout: '', stderr: '', exit: 0 })
    }
    expect(run('ip route').stdout).toBe(`default via 192.168.50.1 dev eth0 
10.1.0.0/16 via 192.168.50.12 dev eth0 proto bird 
10.2.0.0/26 via 192.168.50.12 dev eth0 proto 80 onlink 
10.4.0.5 dev cni0 scope link 
10.5.0.0/16 proto static metric 100 
	nexthop via 192.168.50.12 dev eth0 weight 1 
	nexthop via 192.168.50.13 dev eth0 weight 1 
unreachable 10.99.1.0/24 
blackhole 10.99.2.0/24 proto bird 
prohibit 10.99.3.0/24 
throw 10.99.4.0/24 
10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1 
10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink 
192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.11 
`)
    expect(run('ip route get 10.99.2.1')).toMatchObject({ stderr: 'RTNETLINK answers: Invalid argument\n', exit: 2 })
    expect(run('ip route get 10.99.1.1').stderr).toBe('RTNETLINK answers: No route to host\n')
    run('ip route del 10.1.0.0/16')
    expect(run('ip route show 10.1.0.0/16').stdout).toBe('')
  })

  it('rules', () => {
    const run = onNode()
    run('ip rule add from 10.4.0.5 lookup 200')
    run('ip rule add from 10.4.0.5 lookup 200')
    run('ip rule add fwmark 1 table 100 pref 8')
    run('ip rule add to 10.0.0.0/8 iif gone table main pref 50')
    run('ip rule add unreachable from 10.5.0.0/16')
    run('ip rule add fwmark 0x200/0xf00 lookup 2004 pref 9')
    expect(run('ip rule').stdout).toBe(
      '0:\tfrom all lookup local\n7:\tfrom 10.5.0.0/16 unreachable\n8:\tfrom all fwmark 0x1 lookup 100\n9:\tfrom all fwmark 0x200/0xf00 lookup 2004\n' +
        '50:\tfrom all to 10.0.0.0/8 iif gone [detached] lookup main\n32764:\tfrom 10.4.0.5 lookup 200\n32765:\tfrom 10.4.0.5 lookup 200\n' +
        '32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    )
  })

  it('devices and addresses', () => {
    const run = onNode()
    run('ip link add v0 type veth peer name v1')
    run('ip link set v0 up')
    expect(run('ip link show v0').stdout).toBe(
      `8: v0@v1: <NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN> mtu 1500 qdisc noqueue state LOWERLAYERDOWN mode DEFAULT group default qlen 1000\n    link/ether ${macOf(run('ip link show v0').stdout)} brd ff:ff:ff:ff:ff:ff\n`,
    )
    run('ip link set v1 up')
    run('ip addr add 10.0.0.1/24 dev v0')
    run('ip addr add 10.0.0.2/24 brd + dev v0')
    expect(run('ip -4 addr show v0').stdout).toBe(
      '8: v0@v1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000\n' +
        '    inet 10.0.0.1/24 scope global v0\n       valid_lft forever preferred_lft forever\n' +
        '    inet 10.0.0.2/24 brd 10.0.0.255 scope global secondary v0\n       valid_lft forever preferred_lft forever\n',
    )
    run('ip link del v0')
    expect(run('ip link show v1').stderr).toBe('Device "v1" does not exist.\n')
  })

  it('namespaces, and runs commands in them', () => {
    const run = onNode()
    run('ip netns add red')
    expect(run('ip netns add red').stderr).toBe('Cannot create namespace file "/run/netns/red": File exists\n')
    expect(run('ip netns exec red ip -br link').stdout).toBe(
      'lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \n',
    )
    run('ip netns del red')
    expect(run('ip -n red a')).toMatchObject({
      stderr: 'Cannot open network namespace "red": No such file or directory\n',
      exit: 255,
    })
  })
})

describe('ip says what is wrong', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['ip addr add 192.168.50.11/24 dev eth0', 'Error: ipv4: Address already assigned.\n', 2],
    ['ip addr add 10.0.0.300/24 dev eth0', 'Error: any valid prefix is expected rather than "10.0.0.300/24".\n', 1],
    ['ip addr add 10.0.0.3/24', 'Not enough information: "dev" argument is required.\n', 1],
    ['ip addr add 10.0.0.9/24 dev eth9', 'Cannot find device "eth9"\n', 1],
    ['ip addr del 10.9.9.9/24 dev eth0', 'Error: ipv4: Address not found.\n', 2],
    ['ip addr show eth9', 'Device "eth9" does not exist.\n', 1],
    ['ip link set eth9 up', 'Cannot find device "eth9"\n', 1],
    ['ip link add eth0 type dummy', 'RTNETLINK answers: File exists\n', 2],
    ['ip link add x type foo', 'Error: Unknown device type.\n', 2],
    ['ip link add', 'Not enough information: "type" argument is required\n', 1],
    ['ip link set eth0 mtu 10', 'Error: mtu less than device minimum.\n', 2],
    ['ip link set eth0 mtu abc', 'Error: argument "abc" is wrong: Invalid "mtu" value\n\n', 255],
    ['ip link set eth0 master br9', 'Error: argument "br9" is wrong: Device does not exist\n\n', 255],
    ['ip link set eth0 address zz', '"zz" is invalid lladdr.\n', 1],
    ['ip link set eth0 foo', 'Error: either "dev" is duplicate, or "foo" is a garbage.\n', 255],
    ['ip link set eth0 name cni0', 'RTNETLINK answers: File exists\n', 2],
    ['ip route add 10.244.2.0/24 via 192.168.50.5', 'RTNETLINK answers: File exists\n', 2],
    ['ip route add 10.2.0.0/16 via 10.77.0.5 dev eth0', 'Error: Nexthop has invalid gateway.\n', 2],
    ['ip route add 10.2.0.0/16 via 10.0.0.5 dev eth9', 'Cannot find device "eth9"\n', 1],
    ['ip route add 10.2.0.0/16', 'RTNETLINK answers: No such device\n', 2],
    ['ip route add x via 10.0.0.5', 'Error: any valid prefix is expected rather than "via".\n', 1],
    ['ip route add 10.2.0.0/16 via foo', 'Error: inet address is expected rather than "foo".\n', 1],
    ['ip route add 10.2.0.5/16 via 192.168.50.5', 'Error: Invalid prefix for given prefix length.\n', 2],
    ['ip route del 10.3.0.0/16', 'RTNETLINK answers: No such process\n', 2],
    ['ip route get foo', 'Error: any valid prefix is expected rather than "foo".\n', 1],
    ['ip route get', 'need at least a destination address\n', 1],
    ['ip route get 8.8.8.8 from 1.2.3.4', 'RTNETLINK answers: Network is unreachable\n', 2],
    ['ip route get 8.8.8.8 foo', 'Error: inet prefix is expected rather than "foo".\n', 1],
    ['ip route foo', 'Command "foo" is unknown, try "ip route help".\n', 255],
    ['ip foo', 'Object "foo" is unknown, try "ip help".\n', 1],
    ['ip -x a', 'Option "-x" is unknown, try "ip -help".\n', 255],
    ['ip route show table 77', 'Error: ipv4: FIB table does not exist.\nDump terminated\n', 2],
    ['ip route show table foo', 'Error: argument "foo" is wrong: table id value is invalid\n\n', 255],
    ['ip route change 10.6.0.0/16 via 192.168.50.6', 'RTNETLINK answers: No such file or directory\n', 2],
    ['ip rule del pref 99', 'RTNETLINK answers: No such file or directory\n', 2],
    ['ip neigh add 10.244.2.0 lladdr 02:00:00:00:00:01 dev flannel.1', 'RTNETLINK answers: File exists\n', 2],
    ['ip neigh add 10.0.0.9 lladdr zz dev eth0', '"zz" is invalid lladdr.\n', 1],
    ['ip neigh add 10.0.0.10 dev eth0', 'Error: No link layer address given.\n', 2],
    ['ip neigh add 10.0.0.10 lladdr 02:00:00:00:00:02', 'Device and destination are required arguments.\n', 255],
    ['ip neigh del 10.0.0.77 dev eth0', 'RTNETLINK answers: No such file or directory\n', 2],
    ['ip neigh get 10.0.0.77 dev eth0', 'Error: Neighbour entry not found.\n', 2],
    ['ip netns exec foo ls', 'Cannot open network namespace "foo": No such file or directory\n', 255],
    ['ip netns del blue', 'Cannot remove namespace file "/run/netns/blue": No such file or directory\n', 1],
  ]
  it.each(cases)('%s', (line, stderr, exit) => {
    expect(onNode()(line)).toMatchObject({ stderr, exit })
  })
})

const macOf = (text: string): string => /link\/ether (\S+)/.exec(text)?.[1] ?? ''
