import { describe, expect, it } from 'vitest'
import { ipv4 } from '../base/ipv4.ts'
import { MS, SEC } from '../base/time.ts'
import type { EndpointSlice, Namespace, Pod, Service } from '../api/kinds/types.ts'
import { ipLength } from '../wire/length.ts'
import { type LanConfig, fakeLan, type FakeLan } from './fake-lan.ts'
import { Machines, NO_CLUSTER } from './machines.ts'

const A = ipv4('10.0.0.1')
const B = ipv4('10.0.0.2')
const DNS = ipv4('10.96.0.10')

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
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    reload
    loadbalance
}
`

const meta = (name: string, namespace?: string) => ({ name, ...(namespace ? { namespace } : {}) })

const CLUSTER = {
  namespaces: (): Namespace[] =>
    ['default', 'kube-system'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: meta(name) })),
  services: (): Service[] => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta('web', 'default'),
      spec: { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'], ports: [{ port: 80, name: 'http' }] },
    },
  ],
  endpointSlices: (): EndpointSlice[] => [],
  pods: (): Pod[] => [],
}

interface Site extends FakeLan {
  readonly machines: Machines
}

function site(config: LanConfig = {}): Site {
  const lan = fakeLan([A, B, DNS], config)
  return Object.assign(lan, { machines: new Machines(lan.kernel, lan.stack, CLUSTER) })
}

function withDns(config: LanConfig = {}): Site {
  const s = site(config)
  s.machines.serve(3, ['/coredns', '-conf', '/etc/coredns/Corefile'], {
    '/etc/coredns/Corefile': COREFILE,
    '/etc/resolv.conf': 'nameserver 203.0.113.53\n',
  })
  s.machines.resolver(1, DNS, ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'])
  return s
}

describe('curl', () => {
  it('gets a page by name through CoreDNS', () => {
    const s = withDns()
    s.machines.serve(2, ['nginx', '-g', 'daemon off;'])
    const got = s.machines.run(1, 'curl -s http://web')
    expect(got).toMatchObject({ code: 0, stderr: '' })
    expect(got.stdout).toContain('<title>Welcome to nginx!</title>')
    expect(got.took).toBeLessThan(50 * MS)
    // One A and one AAAA query for the first name of the search list, and nothing more.
    expect(s.sent.filter((p) => p.ip.dst === DNS)).toHaveLength(2)
  })

  it('says what -v, -i, -I and -w say', () => {
    const s = withDns()
    s.machines.serve(2, ['nginx'])
    expect(s.machines.run(1, "curl -s -o /dev/null -w '%{http_code} %{remote_ip}\\n' http://web/none").stdout).toBe(
      '404 10.0.0.2\n',
    )
    expect(s.machines.run(1, 'curl -sI http://10.0.0.2').stdout).toMatch(
      /^HTTP\/1\.1 200 OK\r\nServer: nginx\/1\.29\.3\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n/,
    )
    const { stderr, stdout } = s.machines.run(1, 'curl -sv http://web:80/none')
    expect(stderr.split('\n').slice(0, 12)).toEqual([
      '* Host web:80 was resolved.',
      '* IPv6: (none)',
      '* IPv4: 10.0.0.2',
      '*   Trying 10.0.0.2:80...',
      '* Connected to web (10.0.0.2) port 80',
      '* using HTTP/1.x',
      '> GET /none HTTP/1.1',
      '> Host: web:80',
      '> User-Agent: curl/8.14.1',
      '> Accept: */*',
      '> ',
      '* Request completely sent off',
    ])
    expect(stderr).toContain('< HTTP/1.1 404 Not Found\n')
    expect(stdout).toContain('404 Not Found')
  })

  it('fails with its own words and exit statuses', () => {
    const s = withDns()
    const run = (line: string) => s.machines.run(1, line)
    expect(run('curl http://10.0.0.2:81/')).toMatchObject({
      code: 7,
      stderr: "curl: (7) Failed to connect to 10.0.0.2 port 81 after 0 ms: Couldn't connect to server\n",
    })
    expect(run('curl -sS http://203.0.113.9/').stderr).toBe(
      "curl: (7) Failed to connect to 203.0.113.9 port 80 after 0 ms: Couldn't connect to server\n",
    )
    expect(run('curl http://nosuch/')).toMatchObject({ code: 6, stderr: 'curl: (6) Could not resolve host: nosuch\n' })
    s.filter = (ip) => ip.proto !== 6
    expect(run('curl -m 2 http://10.0.0.2/')).toMatchObject({
      code: 28,
      stderr: 'curl: (28) Connection timed out after 2000 milliseconds\n',
    })
    expect(run('curl --connect-timeout 2 http://10.0.0.2/')).toMatchObject({
      code: 28,
      stderr: 'curl: (28) Failed to connect to 10.0.0.2 port 80 after 2000 ms: Timeout was reached\n',
    })
    expect(run('curl -s ftp://x/').code).toBe(1)
    expect(run('curl --nonsense').code).toBe(2)
  })

  it('an empty reply is 52, a late answer 28, an error page with -f 22', () => {
    const s = site()
    s.machines.serve(2, ['sh', '-c', 'while true; do nc -l -p 8080 -q 0; done'])
    s.machines.serve(2, ['nginx'])
    s.machines.serve(2, ['nc', '-l', '-k', '-p', '9000'])
    expect(s.machines.run(1, 'curl -sS -m 3 http://10.0.0.2:9000/')).toMatchObject({
      code: 28,
      stderr: 'curl: (28) Operation timed out after 3000 milliseconds with 0 bytes received\n',
    })
    expect(s.machines.run(1, 'curl -sSf http://10.0.0.2/none')).toMatchObject({
      code: 22,
      stderr: 'curl: (22) The requested URL returned error: 404\n',
      stdout: '',
    })
  })

  it('posts data with headers, and echo servers tell what came', () => {
    const s = site()
    s.machines.serve(2, ['echo-server'])
    const { stdout } = s.machines.run(1, "curl -s -d 'a=1' -H 'X-Test: yes' -H 'Host: other' 'http://10.0.0.2/p?q=1'")
    const echoed = JSON.parse(stdout) as {
      http: { method: string }
      request: { headers: Record<string, string>; body: string; query: object }
    }
    expect(echoed.http.method).toBe('POST')
    expect(echoed.request).toMatchObject({
      body: 'a=1',
      query: { q: '1' },
      headers: { host: 'other', 'x-test': 'yes' },
    })
  })
})

describe('other servers', () => {
  it.each([
    [['http-echo', '-text=hello', '-listen=:8000'], 'curl -s http://10.0.0.2:8000/', 'hello\n'],
    [['agnhost', 'netexec', '--http-port=8080'], 'curl -s http://10.0.0.2:8080/hostname', 'host2'],
    [['agnhost', 'netexec'], 'curl -s "http://10.0.0.2:8080/echo?msg=a%20b"', 'a b'],
    [['agnhost', 'serve-hostname'], 'curl -s http://10.0.0.2:9376', 'host2'],
    [
      ['stand-in', 'acme/thing:1', '8081'],
      'curl -s http://10.0.0.2:8081 | head -1',
      'This is a stand-in for acme/thing:1, which this lab does not simulate.\n',
    ],
  ])('%j', (argv, line, text) => {
    const s = site()
    s.machines.serve(2, argv)
    expect(s.machines.run(1, line).stdout).toBe(text)
  })

  it('agnhost answers UDP, and connects', () => {
    const s = site()
    s.machines.serve(2, ['agnhost', 'netexec'])
    expect(s.machines.run(1, 'echo hostname | nc -u -q 1 10.0.0.2 8081').stdout).toBe('host2')
    expect(s.machines.run(1, 'agnhost connect 10.0.0.2:8080').code).toBe(0)
    expect(s.machines.run(1, 'agnhost connect 10.0.0.2:99')).toMatchObject({ code: 1, stderr: 'REFUSED\n' })
  })

  it('a port that is taken ends the second server', () => {
    const s = site()
    s.machines.serve(2, ['nginx'])
    const second = s.machines.exec(2, ['nginx'], SEC)
    expect(second).toMatchObject({
      code: 1,
      stderr: 'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)\n',
    })
  })
})

describe('ping', () => {
  it('prints what ping prints', () => {
    const s = site({ delay: 100_000 })
    const { stdout, code } = s.machines.run(1, 'ping -c 3 10.0.0.2')
    expect(stdout.split('\n')).toEqual([
      'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.',
      '64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.210 ms',
      '64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=0.210 ms',
      '64 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=0.210 ms',
      '',
      '--- 10.0.0.2 ping statistics ---',
      '3 packets transmitted, 3 received, 0% packet loss, time 2000ms',
      'rtt min/avg/max/mdev = 0.210/0.210/0.210/0.000 ms',
      '',
    ])
    expect(code).toBe(0)
  })

  it('waits for what does not come, and counts errors', () => {
    const s = site()
    s.filter = () => false
    const lost = s.machines.run(1, 'ping -c 2 -W 1 10.0.0.2')
    expect(lost.stdout).toBe(
      'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n\n--- 10.0.0.2 ping statistics ---\n2 packets transmitted, 0 received, 100% packet loss, time 1000ms\n\n',
    )
    expect(lost.code).toBe(1)
    const big = s.machines.run(1, 'ping -c 1 -M do -s 1500 10.0.0.2')
    expect(big.both).toBe(
      'PING 10.0.0.2 (10.0.0.2) 1500(1528) bytes of data.\nping: local error: message too long, mtu=1500\n\n--- 10.0.0.2 ping statistics ---\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n\n',
    )
    expect(s.machines.run(1, 'ping -c 1 203.0.113.1')).toMatchObject({
      code: 2,
      stderr: 'ping: connect: Network is unreachable\n',
    })
  })
})

describe('DNS tools', () => {
  it('nslookup', () => {
    const s = withDns()
    expect(s.machines.run(1, 'nslookup web').stdout).toBe(
      'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\tweb.default.svc.cluster.local\nAddress: 10.0.0.2\n\n',
    )
    expect(s.machines.run(1, 'nslookup nosuch.default.svc.cluster.local.')).toMatchObject({
      code: 1,
      stdout:
        "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find nosuch.default.svc.cluster.local: NXDOMAIN\n\n",
    })
    expect(s.machines.run(1, 'nslookup 10.0.0.2').stdout).toContain(
      '2.0.0.10.in-addr.arpa\tname = web.default.svc.cluster.local.\n',
    )
  })

  it('dig, whole and short', () => {
    const s = withDns()
    expect(s.machines.run(1, 'dig +short web.default.svc.cluster.local').stdout).toBe('10.0.0.2\n')
    const text = s.machines.run(1, 'dig web.default.svc.cluster.local').stdout
    expect(text).toContain(
      ';; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1\n;; WARNING: recursion requested but not available\n',
    )
    expect(text).toContain('web.default.svc.cluster.local. 30 IN\tA\t10.0.0.2\n')
    expect(text).toContain(';web.default.svc.cluster.local.\tIN\tA\n')
    expect(s.machines.run(1, 'dig +noall +answer _http._tcp.web.default.svc.cluster.local SRV').stdout).toBe(
      '_http._tcp.web.default.svc.cluster.local. 30 IN\tSRV 0 100 80 web.default.svc.cluster.local.\n',
    )
  })

  // IP_PMTUDISC_OMIT in libisc, seen with strace (BIND 9.18); glibc's resolver leaves the socket as it is.
  it('BIND clears DF in what it asks, the C library does not', () => {
    const s = withDns()
    const asked = (line: string): readonly boolean[] => {
      const before = s.sent.length
      s.machines.run(1, line)
      const queries = s.sent.slice(before).filter(({ ip }) => ip.payload.l === 'udp' && ip.payload.dport === 53)
      return [...new Set(queries.map(({ ip }) => ip.df))]
    }
    expect(asked('nslookup web')).toEqual([false])
    expect(asked('dig web.default.svc.cluster.local')).toEqual([false])
    expect(asked('curl http://web')).toEqual([true])
  })

  // Seen with dig 9.18: 12 bytes more than the bare OPT.
  it('dig sends a cookie with EDNS', () => {
    const s = withDns()
    const bytes = (words: string): number => {
      const before = s.sent.length
      s.machines.run(1, `dig ${words} web.default.svc.cluster.local`)
      const query = s.sent.slice(before).find(({ ip }) => ip.payload.l === 'udp' && ip.payload.dport === 53)
      return ipLength(query!.ip) - 28
    }
    expect([bytes(''), bytes('+nocookie'), bytes('+noedns')]).toEqual([70, 58, 47])
  })

  it('a server that is not there: times out, or is refused at once', () => {
    const s = site()
    s.machines.resolver(1, B)
    expect(s.machines.run(1, 'dig +short x')).toMatchObject({ code: 9 })
    const refused = s.machines.run(1, 'curl http://x/')
    expect(refused).toMatchObject({ code: 6, stderr: 'curl: (6) Could not resolve host: x\n' })
    expect(refused.took).toBeLessThan(SEC)
    s.filter = () => false
    expect(s.machines.run(1, 'curl http://x/').took).toBeGreaterThanOrEqual(10 * SEC)
  })

  it.each([
    ['web', ['web.default.svc']],
    ['web.default', ['web.default.default.svc', 'web.default.svc']],
    ['web.default.svc', ['web.default.svc.default.svc', 'web.default.svc.svc', 'web.default.svc']],
  ])('%s is asked for as %j, A and AAAA in parallel', (name, asked) => {
    const s = withDns()
    expect(s.machines.run(1, `ping -c 1 ${name}`).stdout).toContain(
      'PING web.default.svc.cluster.local (10.0.0.2) 56(84)',
    )
    const queries = s.sent.flatMap((p) => {
      const udp = p.ip.payload
      return udp.l === 'udp' && udp.dport === 53 && udp.payload.l === 'dns'
        ? [{ at: p.at, sport: udp.sport, ...udp.payload.questions[0]! }]
        : []
    })
    expect(queries.map((q) => q.type)).toEqual(asked.flatMap(() => [1, 28]))
    expect(queries.filter((q) => q.type === 1).map((q) => q.name)).toEqual(
      asked.map((text) => `${text}.cluster.local.`),
    )
    for (let i = 0; i < queries.length; i += 2) {
      expect([queries[i]!.at, queries[i]!.sport]).toEqual([queries[i + 1]!.at, queries[i + 1]!.sport])
    }
  })

  it('a name outside the cluster: SERVFAIL when no upstream can be reached', () => {
    const s = withDns()
    const { stdout } = s.machines.run(1, 'nslookup www.example.com.')
    expect(stdout).toContain("** server can't find www.example.com: SERVFAIL")
  })
})

describe('nc', () => {
  it('scans and talks', () => {
    const s = site()
    s.machines.serve(2, ['nginx'])
    expect(s.machines.run(1, 'nc -zv 10.0.0.2 80')).toMatchObject({
      code: 0,
      stderr: 'Connection to 10.0.0.2 80 port [tcp/http] succeeded!\n',
    })
    expect(s.machines.run(1, 'nc -zv 10.0.0.2 81')).toMatchObject({
      code: 1,
      stderr: 'nc: connect to 10.0.0.2 port 81 (tcp) failed: Connection refused\n',
    })
    const pid = s.machines.serve(2, ['nc', '-l', '-p', '7000'])
    expect(s.machines.run(1, 'echo hello | nc -N 10.0.0.2 7000').code).toBe(0)
    expect(
      s.machines.layer.t.outputByRoot
        .at(pid)
        .rows()
        .map((row) => row.text),
    ).toEqual(['hello\n'])
  })
})

describe('curl and TLS', () => {
  it('says that TLS is not modelled, also with -s', () => {
    const s = site()
    s.machines.serve(2, ['sh', '-c', 'nc -l -p 443'])
    expect(s.machines.run(1, 'curl -sk https://10.0.0.2/')).toMatchObject({
      code: 35,
      stderr: 'curl: (35) TLS connect error: TLS is not modelled in this lab\n',
    })
  })
})

describe('sh', () => {
  it('jobs in the background write their files, also when the shell that started them has ended', () => {
    const s = site()
    const { run } = s.machines
    const at = run.bind(s.machines)
    at(1, 'ping -c 1 10.0.0.2 > /tmp/job &')
    expect(at(1, 'cat /tmp/job').stdout).toBe('')
    s.kernel.sim.runUntil(s.kernel.now + 5 * SEC)
    expect(at(1, 'cat /tmp/job').stdout).toContain('1 packets transmitted, 1 received')
    at(1, '( echo one; echo two ) > /tmp/both & wait')
    expect(at(1, 'cat /tmp/both').stdout).toBe('one\ntwo\n')
    at(1, '(ping -c 2 10.0.0.2; echo done) > /tmp/later 2>&1 &')
    s.kernel.sim.runUntil(s.kernel.now + 5 * SEC)
    expect(at(1, 'tail -1 /tmp/later').stdout).toBe('done\n')
    at(1, 'echo a >> /tmp/log & echo b >> /tmp/log2; wait; cat /tmp/log /tmp/log2 > /tmp/all')
    expect(at(1, 'cat /tmp/all').stdout).toBe('a\nb\n')
  })

  const s = site()
  it.each([
    ['echo a; echo b && false || echo c', 'a\nb\nc\n', 0],
    ['for i in 1 2 3; do echo n$i; done', 'n1\nn2\nn3\n', 0],
    ['i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done', '0\n1\n2\n', 0],
    ['if [ a = b ]; then echo yes; elif true; then echo elif; else echo no; fi', 'elif\n', 0],
    ['x="a  b"; echo $x "$x"', 'a b a  b\n', 0],
    ['echo $(echo in; echo ner) end', 'in ner end\n', 0],
    ['echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f', 'one\ntwo\n', 0],
    ['printf "b\\na\\n" | sort | head -n 1', 'a\n', 0],
    ['false; echo $?', '1\n', 0],
    ['exit 3', '', 3],
    ['set -e; false; echo no', '', 1],
    ['until true; do echo never; done; echo done', 'done\n', 0],
    ['for i in 1 2 3; do if [ $i = 2 ]; then break; fi; echo $i; done', '1\n', 0],
    ["echo 'single $x' \\$y", 'single $x $y\n', 0],
    ['echo out; echo err >&2', 'out\n', 0],
    ['! false && echo not', 'not\n', 0],
    ['(echo sub; echo shell) ; { echo group; }', 'sub\nshell\ngroup\n', 0],
    ['x=1; (x=2; echo in $x; exit 3); echo $? $x', 'in 2\n3 1\n', 0],
    ['(echo a; (echo b) ) | sort -r', 'b\na\n', 0],
    ['for i in 2 1; do echo $i; done | sort', '1\n2\n', 0],
    ['(sleep 1; echo late) & echo early; wait', 'early\nlate\n', 0],
    ['{ echo a; echo b; } > /tmp/ab; cat /tmp/ab', 'a\nb\n', 0],
    ['seq 2 | while true; do cat; break; done', '1\n2\n', 0],
    ['x=3; cat <<END | sort\nb $x $(echo $((x+1)))\na \\$x "q"\nEND\necho after', 'a $x "q"\nb 3 4\nafter\n', 0],
    ["cat <<'END'\n$x `y`\nEND", '$x `y`\n', 0],
    ['if true; then\n\tcat <<-END\n\t\tone\n\tEND\nfi', 'one\n', 0],
    ['cat <<A; cat <<B\n1\nA\n2\nB', '1\n2\n', 0],
    ['cat <<< "a b"', 'a b\n', 0],
    ['sleep 1 & wait; echo waited', 'waited\n', 0],
    ['hostname', 'host1\n', 0],
    ['seq 3 | grep -v 2', '1\n3\n', 0],
  ])('%s', (line, stdout, code) => {
    expect(s.machines.run(1, line)).toMatchObject({ stdout, code })
  })

  it('complains as a shell does', () => {
    expect(s.machines.run(1, 'foo --bar')).toMatchObject({ code: 127, stderr: 'sh: foo: not found\n' })
    expect(s.machines.run(1, 'if true; then')).toMatchObject({
      code: 2,
      stderr: 'sh: syntax error: unexpected end of file\n',
    })
    expect(s.machines.run(1, 'echo "open')).toMatchObject({
      code: 2,
      stderr: 'sh: syntax error: unterminated quoted string\n',
    })
    expect(s.machines.run(1, 'foo 2>/dev/null; echo $?').both).toBe('127\n')
  })

  it('a loop that never waits does not stop the world', () => {
    expect(s.machines.run(1, 'while true; do :; done', SEC / 10).code).toBeNull()
  })

  it('commands of the lab answer at once', () => {
    const lan = fakeLan([A])
    const machines = new Machines(lan.kernel, lan.stack, NO_CLUSTER, {
      has: (name) => name === 'ip',
      poll: (_place, ongoing) => ({ stdout: '', stderr: '', ongoing, exit: 0 }),
      run: (place, argv) => ({ stdout: `${argv.slice(1).join(' ')} in ${place.netns}\n`, stderr: '', exit: 0 }),
    })
    expect(machines.run(1, 'ip route get 1.2.3.4 | grep in')).toMatchObject({
      stdout: 'route get 1.2.3.4 in 1\n',
      code: 0,
    })
  })
})
