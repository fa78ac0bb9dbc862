import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sessionOutput } from '../core/lab/session.ts'
import type { Lab } from '../core/lab/lab.ts'
import { recordAt } from '../core/explain/record.ts'
import { readDocument } from './document.ts'
import { bootLab, createLab } from './engine.ts'

const LABS = new URL('../../public/labs/', import.meta.url)
const bundled = JSON.parse(readFileSync(new URL('index.json', LABS), 'utf8')) as readonly { readonly file: string }[]

const textOf = (file: string): string => readFileSync(new URL(file, LABS), 'utf8')

function boot(text: string): Lab {
  const document = readDocument(text)
  expect(document.diagnostics).toEqual([])
  const lab = createLab({ ...document, spec: document.spec! })
  expect(bootLab(lab)).toBe('settled')
  expect(lab.refusals.rows()).toEqual([])
  return lab
}

/** What each command of the script printed, and its status, in document order. */
const outcomes = (lab: Lab) =>
  lab.script.rows().map(({ session, entry }) => {
    const { stdout, stderr, exit } = sessionOutput(lab, session)
    return { run: entry.run, stdout, stderr, exit }
  })

const PAGE = /<h1>Welcome to nginx!<\/h1>/

/** What the comments in the lab promise: per command of its script the status and what its output holds. */
const PROMISES: Readonly<Record<string, readonly (readonly [number, RegExp])[]>> = {
  'flannel-vxlan.yaml': [[0, PAGE]],
  'same-node-hairpin.yaml': [
    [0, PAGE],
    [0, PAGE],
  ],
  'nodeport.yaml': [
    [0, PAGE],
    [0, PAGE],
    [0, PAGE],
    [28, /^$/],
  ],
  'two-racks.yaml': [
    [0, PAGE],
    [0, /64 bytes from 192\.168\.20\.11: icmp_seq=1 ttl=63 .*\n[^]*1 received, 0% packet loss/],
  ],
  'dns-search.yaml': [
    [
      0,
      /^search team-a\.svc\.cluster\.local svc\.cluster\.local cluster\.local\nnameserver 10\.96\.0\.10\noptions ndots:5\n/,
    ],
    [0, /Name:\tweb\.team-b\.svc\.cluster\.local\n/],
    [0, /Name:\tweb\.team-b\.svc\.cluster\.local\n/],
    [0, /Name:\tweb\.team-b\.svc\.cluster\.local\n/],
    [1, /\*\* server can't find web: /],
  ],
  'no-endpoints.yaml': [[7, /^$/]],
  'mtu-blackhole.yaml': [
    [0, /1308 bytes from 10\.244\.\d\.\d+: icmp_seq=1 ttl=62 /],
    [1, /1 packets transmitted, 0 received, 100% packet loss/],
  ],
  'plain-network.yaml': [
    [0, /icmp_seq=1 ttl=63 [^]*icmp_seq=2 ttl=63 [^]*2 packets transmitted, 2 received, 0% packet loss/],
    [0, /^10\.0\.1\.1 dev eth0 lladdr ([0-9a-f]{2}:){5}[0-9a-f]{2} (REACHABLE|DELAY|STALE) *\n$/],
  ],
}

const dropsOf = (lab: Lab): readonly string[] => {
  const { trace } = lab
  const reasons = new Set<string>()
  for (let i = 0; i < trace.length; i++) {
    const { drop } = recordAt(trace, i)!
    if (drop !== 'NONE') reasons.add(drop)
  }
  return [...reasons].sort()
}

describe('bundled labs', () => {
  it('are all promised something', () => {
    expect(bundled.map(({ file }) => file).sort()).toEqual(Object.keys(PROMISES).sort())
  })

  it.each(bundled.map(({ file }) => file))('%s boots, and its commands end as its comments say', (file) => {
    const found = outcomes(boot(textOf(file)))
    const promised = PROMISES[file]!
    expect(found.map(({ exit }) => exit)).toEqual(promised.map(([exit]) => exit))
    found.forEach(({ stdout }, i) => expect(stdout).toMatch(promised[i]![1]))
  })

  it.each(['flannel-vxlan.yaml', 'plain-network.yaml'])('%s gives the same world every time', (file) => {
    const text = textOf(file)
    const [first, second] = [boot(text), boot(text)]
    const hash = first.world.hash()
    expect(second.world.hash()).toBe(hash)
    expect(second.trace.length).toBe(first.trace.length)
    first.sim.seek(0)
    first.sim.seek(first.world.journal.length)
    expect(first.world.hash()).toBe(hash)
    for (const share of [0.2, 0.7]) {
      first.sim.seek(first.sim.marks[Math.floor(first.sim.marks.length * share)]!.journal)
      first.sim.fork()
      first.run()
      expect(first.world.hash()).toBe(hash)
      expect(first.trace.length).toBe(second.trace.length)
    }
  })

  it('another seed gives another world that works as well', () => {
    const text = textOf('flannel-vxlan.yaml')
    const [one, two] = [boot(text), boot(text.replace('seed: 1', 'seed: 2'))]
    expect(two.world.hash()).not.toBe(one.world.hash())
    expect(outcomes(two)[0]!.exit).toBe(0)
  })
})

describe('the default lab with other figures', () => {
  const text = textOf('flannel-vxlan.yaml')
  const variants: Readonly<Record<string, (text: string) => string>> = {
    'other ranges': (t) =>
      t
        .replace('10.244.0.0/16', '172.20.0.0/14')
        .replace('10.96.0.0/12', '172.30.0.0/16')
        .replaceAll('192.168.10.', '10.1.7.'),
    'other names': (t) =>
      t
        .replaceAll('name: web', 'name: shop')
        .replaceAll('app: web', 'app: shop')
        .replaceAll('http://web', 'http://shop')
        .replaceAll('name: client', 'name: asker')
        .replace('default/client', 'default/asker')
        .replaceAll('node1', 'alpha'),
    'one worker, one replica': (t) => t.replace(/.*name: node2.*\n/, '').replace('replicas: 3', 'replicas: 1'),
    'jumbo frames': (t) => t.replace('mtu: 1500', 'mtu: 9000'),
    'narrow wires': (t) => t.replace('mtu: 1500', 'mtu: 1280'),
  }
  it.each(Object.keys(variants))('%s', (name) => {
    const [outcome] = outcomes(boot(variants[name]!(text)))
    expect(outcome).toMatchObject({ exit: 0 })
    expect(outcome!.stdout).toMatch(PAGE)
  })

  it('twenty replicas on eight nodes are all asked', () => {
    const more = Array.from(
      { length: 6 },
      (_, i) =>
        `      - {name: node${i + 3}, role: worker, interfaces: [{network: rack1, address: 192.168.10.${i + 13}}]}\n`,
    ).join('')
    const many = text.replace(/(.*name: node2.*\n)/, `$1${more}`).replace('replicas: 3', 'replicas: 20')
    const lab = boot(many)
    const pods = lab.api.ofKind('Pod').filter(({ metadata }) => metadata.labels?.['app'] === 'web')
    expect(pods).toHaveLength(20)
    expect(new Set(pods.map((pod) => (pod as { spec?: { nodeName?: string } }).spec?.nodeName)).size).toBe(8)
    expect(outcomes(lab)[0]!.exit).toBe(0)
  })

  it('without CoreDNS the name is not found, without kube-proxy its server is not reached', () => {
    for (const addon of [', coredns', 'kube-proxy-iptables, ']) {
      const [outcome] = outcomes(boot(text.replace(addon, '')))
      expect(outcome!.exit).toBe(6)
      expect(outcome!.stderr).toMatch(/Could not resolve host: web/)
    }
  })

  it('a network configuration that is no JSON keeps flannel, and so the pods, from starting', () => {
    const broken = `${text}---
apiVersion: v1
kind: ConfigMap
metadata:
  name: kube-flannel-cfg
  namespace: kube-flannel
data:
  cni-conf.json: "{}"
  net-conf.json: "{ this is no JSON"
`
    const document = readDocument(broken)
    const lab = createLab({ ...document, spec: document.spec! })
    lab.run()
    const client = lab.api.peek('Pod/default/client') as { status?: { phase?: string } } | undefined
    expect(client?.status?.phase).toBe('Pending')
  })

  it('drops nothing but what CoreDNS asks a gateway that this network does not have', () => {
    expect(dropsOf(boot(text))).toEqual(['NEIGH_FAILED'])
  })
})
