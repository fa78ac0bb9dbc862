import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createTwin } from './client.ts'
import { readDocument } from './document.ts'
import { bootLab, createLab } from './engine.ts'
import { exportLab, restCursor } from './export.ts'
import { connectHost } from './host.ts'

const lab = (file: string): string => readFileSync(new URL(`../../public/labs/${file}`, import.meta.url), 'utf8')

const exportOf = (text: string): ReadonlyMap<string, string> => {
  const document = readDocument(text)
  const running = { document, lab: createLab({ ...document, spec: document.spec! }) }
  bootLab(running.lab)
  return exportLab(running, restCursor(running.lab))
}

describe('export', () => {
  const files = exportOf(lab('flannel-vxlan.yaml'))
  const script = files.get('flannel-vxlan.sh')!

  it('says above each block whose work it is, for what, and why', () => {
    expect(script).toContain('# flanneld@node1, for Node/node2\n')
    expect(script).toMatch(/# containerd@\w+, for Pod\/default\/client \(line 55 of the lab\)\n/)
    expect(script).toMatch(/# {3}because of: Node\/node2 ← .* ← Lab\/flannel-vxlan ← you\n/)
    const rules = files.get('flannel-vxlan.files/node1.rules')!
    expect(rules).toMatch(/# KUBE-SVC-\w+: kube-proxy@node1, for Service\/default\/web \(line 45 of the lab\)/)
  })

  it('makes the rows that the agents wrote, and leaves to the kernel what is its own', () => {
    expect(script).toMatch(
      /ip -n node1 link add flannel\.1 address \S+ mtu 1450 type vxlan id 1 local 192\.168\.10\.11 dev eth0 dstport 8472 nolearning/,
    )
    expect(script).toMatch(/bridge -n node1 fdb append \S+ dev flannel\.1 dst 192\.168\.10\.12 self permanent/)
    expect(script).toContain('ip -n node1 route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink')
    expect(script).not.toContain('proto kernel')
    expect(script).not.toContain('127.0.0.1/8')
  })

  it('plays the script of the lab, and tells what it printed here', () => {
    expect(script).toContain(
      '# 1. pod/default/client $ curl http://web\n#    In the lab: exit status 0, and it printed\n',
    )
    expect(script).toContain('play default.client curl -A curl/8.14.1 http://web\n')
  })

  it('repeats the choices that the lab made by chance, before the rules that choose', () => {
    const rules = files.get('flannel-vxlan.files/node2.rules')!
    const web = rules.split('\n').filter((line) => /-A KUBE-SVC-LOLE4ISW44XBNF3G .*statistic/.test(line))
    expect(web[0]).toBe(
      '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "as in the lab" -m statistic --mode nth --every 4294967295 --packet 0 -j KUBE-SEP-MHDQ23KUGG7EGFMW',
    )
    expect(web.slice(1).every((line) => line.includes('--mode random'))).toBe(true)
    expect(files.get('flannel-vxlan.files/node1.rules')).not.toContain('as in the lab')
  })

  it('has what the programs answered to the script as data, names of the cluster included', () => {
    const lines = files
      .get('flannel-vxlan.files/answers')!
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '))
    expect(lines.map(([space, port]) => `${space} ${port}`)).toEqual([
      'kube-system.coredns-cf5595645-smvdt udp:53',
      'kube-system.coredns-cf5595645-smvdt udp:53',
      'default.web-66966d6f65-9jv97 tcp:80',
    ])
    const [, , asked = '', answered = ''] = lines[2]!
    expect(atob(asked)).toBe('GET / HTTP/1.1\r\nHost: web\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n')
    expect(atob(answered)).toMatch(/^HTTP\/1\.1 200 OK\r\nServer: nginx/)
  })

  it('knows the neighbours that the lab has learned, once bridges forward', () => {
    const known = /\nknown\(\) \{\n([^}]*)\}/.exec(script)![1]!
    expect(known).toMatch(/^ip -n node1 neigh replace 10\.244\.1\.2 lladdr \S+ dev cni0 nud (stale|reachable)$/m)
    expect(known).toMatch(/^bridge -n node1 fdb replace \S+ dev veth\w+ master dynamic$/m)
    expect(known).toMatch(/^bridge -n rack1 fdb replace \S+ dev to-node1 master dynamic$/m)
    expect(script).toMatch(/\n {2}settle\n {2}known\n/)
  })

  it.each(['flannel-vxlan.yaml', 'two-racks.yaml', 'plain-network.yaml', 'dns-search.yaml'])(
    '%s is a shell script',
    (file) => {
      for (const [name, text] of exportOf(lab(file))) {
        if (name.endsWith('.sh')) expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' }).stderr).toBe('')
      }
    },
  )

  it('comes as one file over the protocol', async () => {
    const client = createTwin(connectHost)
    const { cursor } = await client.ask('open', { text: lab('flannel-vxlan.yaml') })
    const { name, text } = await client.ask('export', { to: 'netns', cursor })
    expect(name).toBe('flannel-vxlan.sh')
    expect(text).toContain(`cat > "$file" <<'END'\n# The rules of node/node1`)
    expect(text).not.toContain('flannel-vxlan.files')
    expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' }).stderr).toBe('')
  })
})
