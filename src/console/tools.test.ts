import { describe, expect, it } from 'vitest'
import { Scene } from '../core/testkit/scene.ts'
import { ipv4 } from '../core/base/ipv4.ts'
import { SEC } from '../core/base/time.ts'
import { createSocketLayer, bindSocket, listenSocket, openSocket } from '../core/kernel/socket/socket.ts'
import { Files } from '../core/kernel/files/files.ts'
import { createProcessLayer } from '../core/kernel/process/process.ts'
import { tcpConnect } from '../core/kernel/socket/tcp/calls.ts'
import { flannelNode } from './testing/flannel-nodes.ts'
import { interruptFollower, pollFollower } from './follow/poll.ts'
import type { Follower } from './follow/follower.ts'
import { runCommand } from './registry.ts'
import type { CommandResult, ConsoleEnv, ConsolePlace, Done } from './types.ts'

// Texts are what the tools of Debian 12 print (iproute2 6.1, iptables 1.8.9, conntrack 1.4.7, procps 4.0.2, tcpdump 4.99.3).

const done = (result: CommandResult | null): Done => {
  expect(result?.kind).toBe('done')
  return result as Done
}

describe('bridge', () => {
  const node = flannelNode()
  const run = (line: string): Done => done(runCommand(node.env, node.n1, line.split(' ')))

  it('shows the forwarding database', () => {
    expect(run('bridge fdb show').stdout).toBe(`01:00:5e:00:00:01 dev eth0 self permanent
6a:00:00:00:00:02 dev flannel.1 dst 192.168.50.12 self permanent
01:00:5e:00:00:6a dev cni0 self permanent
01:00:5e:00:00:01 dev cni0 self permanent
0a:58:0a:f4:01:01 dev cni0 master cni0 permanent
62:99:c9:28:48:e0 dev vethp1 master cni0 
66:d7:73:9f:90:e1 dev vethp1 master cni0 permanent
01:00:5e:00:00:01 dev vethp1 self permanent
12:86:c9:8d:b3:61 dev vethp3 master cni0 
22:18:84:a3:64:11 dev vethp3 master cni0 permanent
01:00:5e:00:00:01 dev vethp3 self permanent
`)
    expect(run('bridge fdb show dev flannel.1').stdout).toBe('6a:00:00:00:00:02 dst 192.168.50.12 self permanent\n')
  })

  it('shows ports', () => {
    expect(run('bridge link').stdout).toBe(
      '5: vethp1@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 master cni0 state forwarding priority 32 cost 2 \n' +
        '6: vethp3@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 master cni0 state forwarding priority 32 cost 2 \n',
    )
    expect(run('bridge vlan').stdout).toBe('port              vlan-id  \n')
  })

  it.each([
    ['bridge fdb add 6a:00:00:00:00:02 dev flannel.1 dst 192.168.50.12', 'RTNETLINK answers: File exists\n'],
    ['bridge fdb add zz dev flannel.1', 'Invalid mac address zz\n'],
    ['bridge fdb add 02:00:00:00:00:0e dev eth9', 'Cannot find device "eth9"\n'],
    ['bridge fdb add 02:00:00:00:00:0e', 'Device and address are required arguments.\n'],
    ['bridge fdb del 02:00:00:00:00:77 dev vethp1 master', 'RTNETLINK answers: No such file or directory\n'],
    ['bridge fdb show br eth9', 'Cannot find bridge device "eth9"\n'],
    ['bridge foo', 'Object "foo" is unknown, try "bridge help".\n'],
    ['bridge fdb foo', 'Command "foo" is unknown, try "bridge fdb help".\n'],
  ])('%s', (line, stderr) => {
    expect(run(line)).toMatchObject({ stderr, exit: 255 })
  })

  it('writes it', () => {
    const fresh = flannelNode()
    const write = (line: string): Done => done(runCommand(fresh.env, fresh.n1, line.split(' ')))
    expect(write('bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst 192.168.50.13')).toMatchObject({ exit: 0 })
    expect(write('bridge fdb show dev flannel.1').stdout).toContain(
      '00:00:00:00:00:00 dst 192.168.50.13 self permanent\n',
    )
    write('bridge link set dev vethp1 hairpin off')
    expect(write('bridge -d link show dev vethp1').stdout).toContain('    hairpin off guard off ')
  })
})

describe('sysctl', () => {
  const run = (line: string): Done => {
    const node = flannelNode()
    return done(runCommand(node.env, node.p1, line.split(' ')))
  }
  it.each([
    ['sysctl net.ipv4.ip_forward', 'net.ipv4.ip_forward = 0\n', '', 0],
    ['sysctl -n net.ipv4.ip_forward', '0\n', '', 0],
    ['sysctl -w net.ipv4.ip_forward=1', 'net.ipv4.ip_forward = 1\n', '', 0],
    ['sysctl net/ipv4/ip_forward', 'net.ipv4.ip_forward = 0\n', '', 0],
    ['sysctl net.ipv4.foo', '', 'sysctl: cannot stat /proc/sys/net/ipv4/foo: No such file or directory\n', 1],
    ['sysctl -w net.ipv4.ip_forward', '', 'sysctl: command line(0): invalid syntax, continuing...\n', 1],
    ['sysctl -w net.ipv4.ip_forward=abc', '', 'sysctl: setting key "net.ipv4.ip_forward": Invalid argument\n', 1],
    [
      'sysctl net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter',
      'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\n',
      '',
      0,
    ],
  ])('%s', (line, stdout, stderr, exit) => {
    expect(run(line)).toMatchObject({ stdout, stderr, exit })
  })
})

/** Two machines on one network, with sockets and processes. */
function pair() {
  const scene = new Scene()
  const sockets = createSocketLayer(scene.kernel)
  const processes = createProcessLayer(scene.kernel, sockets, new Files(scene.world), [])
  scene.network('lan', '10.0.0.0/24')
  for (const [name, address] of [
    ['a', '10.0.0.1/24'],
    ['b', '10.0.0.2/24'],
  ] as const) {
    scene.host(name)
    scene.nic(name, 'eth0', 'lan', address, `02:00:00:00:00:0${address[7]}`)
  }
  const env: ConsoleEnv = { kernel: scene.kernel, api: null, processes }
  const place = (name: string): ConsolePlace => ({
    kind: 'host',
    netns: scene.ns(name),
    host: name,
    hostname: name,
    fs: name,
  })
  const run = (name: string, line: string): CommandResult => runCommand(env, place(name), line.split(' '))!
  const server = openSocket(sockets, scene.ns('b'), 'tcp', 1)
  bindSocket(sockets, sockets.t.socket.get(server)!, 0, 80)
  listenSocket(sockets, sockets.t.socket.get(server)!, 5)
  const connect = (port: number): void => {
    const client = openSocket(sockets, scene.ns('a'), 'tcp', 1)
    bindSocket(sockets, sockets.t.socket.get(client)!, ipv4('10.0.0.1'), 43690)
    tcpConnect(sockets, sockets.t.socket.get(client)!, ipv4('10.0.0.2'), port)
    scene.sim.runUntil(scene.sim.now + SEC)
  }
  return { scene, env, run, connect }
}

describe('sockets, connections, counters', () => {
  it('ss prints sockets in columns as wide as needed', () => {
    const { run, connect } = pair()
    connect(80)
    expect(done(run('b', 'ss -tan')).stdout).toBe(
      'State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n' +
        'LISTEN 1      5            0.0.0.0:80        0.0.0.0:*           \n' +
        'ESTAB  0      0           10.0.0.2:80       10.0.0.1:43690       \n',
    )
    expect(done(run('a', 'ss -tn')).stdout).toBe(
      'State Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\nESTAB 0      0           10.0.0.1:43690     10.0.0.2:80         \n',
    )
    expect(done(run('a', 'ss -tuanlp')).stdout.split('\n')[0]).toBe(
      'Netid State Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess',
    )
  })

  it('conntrack lists, selects and deletes', () => {
    const { run, connect } = pair()
    run('b', 'iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT')
    connect(80)
    const line =
      /^tcp {6}6 43(2000|1999) ESTABLISHED src=10\.0\.0\.1 dst=10\.0\.0\.2 sport=43690 dport=80 src=10\.0\.0\.2 dst=10\.0\.0\.1 sport=80 dport=43690 \[ASSURED\] mark=0 use=1\n$/
    const listed = done(run('b', 'conntrack -L'))
    expect(listed.stdout).toMatch(line)
    expect(listed.stderr).toBe('conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.\n')
    expect(done(run('b', 'conntrack -L -o extended')).stdout).toMatch(/^ipv4 {5}2 tcp {6}6 /)
    expect(done(run('b', 'conntrack -L -p udp')).stdout).toBe('')
    expect(done(run('b', 'conntrack -C')).stdout).toBe('1\n')
    expect(done(run('b', 'conntrack -D -p tcp --dport 81'))).toMatchObject({
      exit: 1,
      stderr: 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.\n',
    })
    expect(done(run('b', 'conntrack -D -s 10.0.0.1'))).toMatchObject({ exit: 0 })
    expect(done(run('b', 'conntrack -C')).stdout).toBe('0\n')
    expect(done(run('b', 'conntrack -L -p foo')).stderr).toBe(
      "conntrack v1.4.7 (conntrack-tools): `foo' unsupported protocol\nTry `conntrack -h' or 'conntrack --help' for more information.\n",
    )
  })

  it('iptables counts what the trace shows, anew after -Z', () => {
    const { run, connect } = pair()
    run('b', 'iptables -A INPUT -p tcp --dport 80 -j ACCEPT')
    connect(80)
    const listed = done(run('b', 'iptables -L INPUT -n -v')).stdout
    expect(listed).toBe(
      'Chain INPUT (policy ACCEPT 0 packets, 0 bytes)\n pkts bytes target     prot opt in     out     source               destination         \n' +
        '    2   112 ACCEPT     6    --  *      *       0.0.0.0/0            0.0.0.0/0            tcp dpt:80\n',
    )
    expect(done(run('b', 'iptables-save -c -t filter')).stdout).toContain(
      '[2:112] -A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\n',
    )
    run('b', 'iptables -Z')
    expect(done(run('b', 'iptables-save -c -t filter')).stdout).toContain('[0:0] -A INPUT')
    expect(done(run('b', 'ip -s link show eth0')).stdout).toMatch(
      /RX: {2}bytes packets errors dropped {2}missed {3}mcast {11}\n +\d+ {7}3 /,
    )
  })

  it('nft shows the same rules in its own words', () => {
    const { run } = pair()
    for (const rule of [
      'iptables -A INPUT -s 1.2.3.4 -m comment --comment hi -j ACCEPT',
      'iptables -A INPUT -p tcp --dport 80 -m conntrack --ctstate NEW,ESTABLISHED -j DROP',
      'iptables -A INPUT -m statistic --mode random --probability 0.5 -j RETURN',
      'iptables -A INPUT -p tcp -m multiport --dports 80,443 -j REJECT --reject-with tcp-reset',
      'iptables -A INPUT ! -s 10.0.0.0/8 -p icmp -i eth0 --icmp-type echo-request -j LOG',
      'iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 1.2.3.4:8080',
      'iptables -t nat -A POSTROUTING -j MASQUERADE --random-fully',
      'iptables -t nat -A OUTPUT -m addrtype --dst-type LOCAL -j ACCEPT',
    ]) {
      expect(done(run('b', rule)), rule).toMatchObject({ exit: 0, stderr: '' })
    }
    expect(done(run('b', 'nft list ruleset')).stdout)
      .toBe(`# Warning: table ip filter is managed by iptables-nft, do not touch!
table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy accept;
		ip saddr 1.2.3.4  counter packets 0 bytes 0 accept
		tcp dport 80 ct state new,established counter packets 0 bytes 0 drop
		meta random & 2147483647 < 1073741824 counter packets 0 bytes 0 return
		meta l4proto tcp tcp dport { 80, 443 } counter packets 0 bytes 0 reject with tcp reset
		iifname "eth0" meta l4proto icmp ip saddr != 10.0.0.0/8 icmp type echo-request counter packets 0 bytes 0 log
	}
}
# Warning: table ip nat is managed by iptables-nft, do not touch!
table ip nat {
	chain PREROUTING {
		type nat hook prerouting priority dstnat; policy accept;
		tcp dport 80 counter packets 0 bytes 0 dnat to 1.2.3.4:8080
	}

	chain OUTPUT {
		type nat hook output priority -100; policy accept;
		fib daddr type local counter packets 0 bytes 0 accept
	}

	chain POSTROUTING {
		type nat hook postrouting priority srcnat; policy accept;
		counter packets 0 bytes 0 masquerade fully-random
	}
}
`)
    expect(done(run('b', 'nft list tables')).stdout).toBe('table ip filter\ntable ip nat\n')
  })

  it('restores rules from standard input', () => {
    const { env, scene } = pair()
    const place: ConsolePlace = { kind: 'host', netns: scene.ns('a'), host: 'a', hostname: 'a', fs: 'a' }
    const rules = '*filter\n:FOO - [0:0]\n-A INPUT -j FOO\nCOMMIT\n'
    expect(done(runCommand(env, place, ['iptables-restore'], rules))).toMatchObject({ exit: 0 })
    expect(done(runCommand(env, place, ['iptables', '-S'])).stdout).toBe(
      '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N FOO\n-A INPUT -j FOO\n',
    )
    expect(done(runCommand(env, place, ['iptables-restore'], '*filter\n-A NOPE -j FOO\nCOMMIT\n')).exit).not.toBe(0)
    expect(done(runCommand(env, place, ['iptables', '-t', 'foo', '-L'])).exit).toBe(3)
  })
})

describe('tcpdump', () => {
  const followerOf = (result: CommandResult): Follower => {
    expect(result.kind).toBe('follow')
    return (result as { follower: Follower } & CommandResult).follower
  }

  it('prints what a device sees, and ends after -c', () => {
    const { run, env, connect } = pair()
    const started = run('b', 'tcpdump -n -i eth0 -c 4')
    expect(started.stderr).toBe(
      'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\nlistening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n',
    )
    connect(80)
    const poll = pollFollower(env, followerOf(started))
    const lines = poll.stdout
      .split('\n')
      .map((line) => line.replace(/^[\d:.]+ /, '').replaceAll(/(seq|win|val|ecr) \d+/g, '$1 N'))
    expect(lines.slice(0, 3)).toEqual([
      'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
      'ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28',
      expect.stringMatching(/^IP 10\.0\.0\.1\.43690 > 10\.0\.0\.2\.80: Flags \[S\], seq N, win N, options \[mss 1460,/),
    ])
    expect(poll).toMatchObject({
      follower: null,
      exit: 0,
      stderr: '4 packets captured\n4 packets received by filter\n0 packets dropped by kernel\n',
    })
  })

  it('goes on where it was, keeps relative numbers, and stops at Ctrl+C', () => {
    const { run, env, connect, scene } = pair()
    let follower: Follower | null = followerOf(run('b', 'tcpdump -n -i eth0 tcp and port 80'))
    let text = ''
    connect(80)
    for (let to = 0; to <= scene.trace.length; to += 7) {
      const poll = pollFollower(env, follower!)
      text += poll.stdout
      follower = poll.follower
    }
    expect(text).toMatch(/Flags \[\.\], ack 1, win \d+, options \[nop,nop,TS val/)
    expect(text.split('\n')).toHaveLength(4)
    const last = interruptFollower(env, follower!)
    expect(last).toMatchObject({
      stdout: '',
      stderr: '\n3 packets captured\n3 packets received by filter\n0 packets dropped by kernel\n',
      follower: null,
    })
  })

  it('on any device says which and in what direction', () => {
    const { run, env, connect } = pair()
    const started = run('a', 'tcpdump -i any -t -c 2')
    expect(started.stderr).toMatch(/^tcpdump: data link type LINUX_SLL2\n/)
    connect(80)
    expect(pollFollower(env, followerOf(started)).stdout).toBe(
      'eth0  Out ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\neth0  In  ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28\n',
    )
  })

  it('-v tells the IP header, -X the bytes, and with -i any -XX a cooked header', () => {
    const { run, env, connect } = pair()
    const plain = run('b', 'tcpdump -n -t -v -X -i eth0 -c 3')
    const cooked = run('b', 'tcpdump -n -t -e -XX -# -i any -c 1')
    expect(plain.stderr).toBe('tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n')
    connect(80)
    expect(pollFollower(env, followerOf(cooked)).stdout).toBe(
      `    1  eth0  B   ifindex 2 02:00:00:00:00:01 ethertype ARP (0x0806), length 48: Request who-has 10.0.0.2 tell 10.0.0.1, length 28
\t0x0000:  0806 0000 0000 0002 0001 0106 0200 0000  ................
\t0x0010:  0001 0000 0001 0800 0604 0001 0200 0000  ................
\t0x0020:  0001 0a00 0001 0000 0000 0000 0a00 0002  ................
`,
    )
    const lines = pollFollower(env, followerOf(plain)).stdout.split('\n')
    expect(lines.slice(0, 3)).toEqual([
      'ARP, Ethernet (len 6), IPv4 (len 4), Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
      '\t0x0000:  0001 0800 0604 0001 0200 0000 0001 0a00  ................',
      '\t0x0010:  0001 0000 0000 0000 0a00 0002            ............',
    ])
    expect(lines[6]).toMatch(/^IP \(tos 0x0, ttl 64, id \d+, offset 0, flags \[DF\], proto TCP \(6\), length 60\)$/)
    expect(lines[7]).toMatch(
      /^ {4}10\.0\.0\.1\.43690 > 10\.0\.0\.2\.80: Flags \[S\], cksum 0x[0-9a-f]{4} \(correct\), seq \d+, win/,
    )
    expect(lines[8]).toMatch(/^\t0x0000: {2}4500 003c [0-9a-f]{4} 4000 4006 /)
  })

  it.each([
    ['tcpdump -i eth9', 'tcpdump: eth9: No such device exists\n(No such device exists)\n'],
    ['tcpdump -i eth0 -c x', 'tcpdump: invalid packet count x\n'],
    ['tcpdump -i eth0 foo bar', "tcpdump: can't parse filter expression: syntax error\n"],
    ['tcpdump -i eth0 tcp and', "tcpdump: can't parse filter expression: syntax error\n"],
    ['tcpdump -i eth0 host foo', "tcpdump: unknown host 'foo'\n"],
  ])('%s', (line, stderr) => {
    expect(done(pair().run('a', line))).toMatchObject({ stderr, exit: 1 })
  })
})
