import { describe, expect, it } from 'vitest'
import { cidr } from '../base/cidr.ts'
import { ipv4 } from '../base/ipv4.ts'
import type { Deployment, EndpointSlice, Pod, Service } from '../api/kinds/types.ts'
import { ApiServer } from '../api/store/store.ts'
import { createI18n } from '../../i18n/i18n.ts'
import { readRuleset, restore, writeRuleset } from '../kernel/netfilter/store.ts'
import { addAddress } from '../kernel/link/address.ts'
import { addWireguard, setWgPeer, setWireguard } from '../kernel/link/wireguard.ts'
import { addRoute } from '../kernel/route/fib.ts'
import { explainEnv } from '../testkit/explain-env.ts'
import { flannelScene } from '../testkit/flannel-scene.ts'
import { SERVICE_RULES } from '../testkit/service-rules.ts'
import type { Scene } from '../testkit/scene.ts'
import { POINTS } from '../trace/vocabulary.ts'
import { readPcapng } from '../wire/pcapng.ts'
import { entity } from './entity.ts'
import type { ExplainEnv } from './env.ts'
import { find } from './find.ts'
import { disposition, hopsOf } from './hops.ts'
import { traceLine } from './json.ts'
import { rowsFor } from './line.ts'
import { writeTrace } from './pcap.ts'
import { recordAt } from './record.ts'
import { explainStep } from './step.ts'
import { TimelineFeed } from './timeline.ts'
import { topology, topologyRevision } from './topology.ts'
import type { StepView } from './views.ts'

const english = createI18n('en')

/** Two nodes over VXLAN whose first one translates a Service, with the API objects that the rules are for. */
function serviceLab(): { readonly s: Scene; readonly env: ExplainEnv; readonly api: ApiServer } {
  const s = flannelScene()
  const api = new ApiServer(s.world, s.sim, s.trace, {
    serviceCIDR: cidr('10.96.0.0/12'),
    advertiseAddress: ipv4('192.168.56.11'),
  })
  const env = explainEnv(s, { api })
  const you = s.world.causeId({ parent: 0, actor: 'you', verb: 'apply', ref: 'Lab/test' })
  s.sim.transact('apply', you, () => {
    api.start()
    must(
      api.create(
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } },
        'you',
      ),
    )
    must(api.create(web, 'you'))
    must(api.create(deployment, 'you'))
    must(api.create(pod, 'you'))
    must(api.create(slice, 'endpointslice-controller'))
  })
  const written = s.world.causeId({ parent: you, actor: 'kube-proxy@n1', verb: 'sync', ref: 'Service/default/web' })
  s.sim.transact('sync', written, () => writeRules(s))
  return { s, env, api }
}

const must = <T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: { readonly message: string } },
): T => {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

const web: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { clusterIP: '10.96.0.10', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
}
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'default', labels: { app: 'web' } },
  spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'nginx' }] },
}
const deployment: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: pod.spec },
  },
}
const slice: EndpointSlice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  addressType: 'IPv4',
  metadata: { name: 'web-x1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  endpoints: [
    {
      addresses: ['10.244.1.3'],
      conditions: { ready: true },
      targetRef: { kind: 'Pod', namespace: 'default', name: 'web-1' },
    },
  ],
  ports: [{ port: 8080 }],
}

/** The rules of the Service, for the Service; a route for a node. */
function writeRules(s: Scene): void {
  const n1 = s.ns('n1')
  restore(s.kernel, n1, SERVICE_RULES)
  const nat = readRuleset(s.kernel, n1).nat!
  const chains = nat.chains.map((chain) =>
    chain.name.startsWith('KUBE-S')
      ? { ...chain, rules: chain.rules.map((rule) => ({ ...rule, subject: ['Service/default/web'] })) }
      : chain,
  )
  writeRuleset(s.kernel, n1, { nat: { chains } })
  addRoute(
    s.kernel,
    { netns: n1, dst: ipv4('10.9.0.0'), len: 16, dev: s.link('n1', 'flannel.1') },
    { subject: ['Node/n9'] },
  )
}

function curl(s: Scene, port = 80): number {
  const sent = s.kernel.send({
    netns: s.ns('p1a'),
    src: 0,
    dst: ipv4('10.96.0.10'),
    proto: 6,
    payload: {
      l: 'tcp',
      sport: 40000,
      dport: port,
      seq: 1,
      ack: 0,
      flags: 2,
      window: 64240,
      options: {},
      payload: { l: 'data', data: '' },
    },
    df: true,
    origin: 0,
  })
  if (!sent.ok) throw new Error(sent.error.errno)
  s.settle()
  return sent.value.packet
}

/** All steps, each with the world put to its moment, as the worker does. */
function steps(env: ExplainEnv): StepView[] {
  const found: StepView[] = []
  for (let i = 0; i < env.trace.length; i++) {
    env.sim.seek(env.trace.columns.journal[i]!)
    found.push(explainStep(env, i, (ref) => (ref === 'Service/default/web' ? 42 : null))!)
  }
  env.sim.seek(env.world.journal.length)
  return found
}

describe('a step', () => {
  it('names the rule that decided, for whom and by whom it was written', () => {
    const { s, env } = serviceLab()
    curl(s)
    const all = steps(env)
    const rule = all.find((step) => step.decision?.kind === 'rule' && step.decision.text.includes('DNAT'))!
    expect(rule.decision).toMatchObject({
      where: 'nat KUBE-SEP-A rule 2',
      text: '-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.3:8080',
      failedTerm: null,
      subject: [{ ref: 'Service/default/web', line: 42 }],
      causes: [
        { actor: 'kube-proxy@n1', verb: 'sync', ref: 'Service/default/web' },
        { actor: 'you', verb: 'apply', ref: 'Lab/test' },
      ],
      writtenAt: 0,
    })
    const rewrite = all.find((step) => step.point === 'nat')!
    expect(rewrite.decision).toMatchObject({ kind: 'nat', subject: [{ ref: 'Service/default/web', line: 42 }] })
    expect(english.text(`narration.${rewrite.say.key}`, rewrite.say.params)).toBe(
      'n1 rewrites the destination: 10.96.0.10:80 → 10.244.1.3:8080 (rule 2 of KUBE-SEP-A, for Service web).',
    )
    const changed = rewrite.after!.layers.flatMap((layer) =>
      layer.fields.filter((field) => field.changed).map((field) => `${layer.layer}.${field.name}`),
    )
    expect(changed).toContain('ipv4.dst')
    expect(changed).toContain('tcp.dport')
    expect(rewrite.changed).toContainEqual({
      table: 'conntrack',
      key: '1',
      text: expect.stringContaining('dst=10.96.0.10 sport=40000 dport=80'),
    })
  })

  it('tells of a rule that did not match the term that failed', () => {
    const { s, env } = serviceLab()
    curl(s, 81)
    const miss = steps(env).find(
      (step) => step.verdict === 'miss' && step.decision!.where === 'nat KUBE-SERVICES rule 1',
    )!
    expect(miss.decision!.failedTerm).not.toBeNull()
    expect(miss.decision!.text).toContain(miss.decision!.failedTerm)
  })

  it('prints routes, neighbours, forwarding entries and connections as the tools do', () => {
    const { s, env } = serviceLab()
    s.ping('p1b', '10.244.2.2')
    s.settle()
    const texts = steps(env).map((step) => `${step.decision?.kind} ${step.decision?.where}: ${step.decision?.text}`)
    expect(texts).toContain('route main: 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink')
    expect(texts).toContain('neigh flannel.1: 10.244.2.0 dev flannel.1 lladdr 02:00:00:00:02:03 PERMANENT')
    expect(texts).toContain('fdb flannel.1: 02:00:00:00:02:03 dev flannel.1 dst 192.168.56.12 self permanent')
    expect(texts.some((text) => /^fdb cni0: 02:00:00:00:01:13 dev veth1b master cni0$/.test(text))).toBe(true)
    expect(
      texts.some((text) =>
        /^conntrack NEW: icmp {5}1 \d+ src=10.244.1.3 dst=10.244.2.2 type=8 code=0 id=7 \[UNREPLIED\] src=/.test(text),
      ),
    ).toBe(true)
  })

  it('shows a tunnel put on as new outer headers, and taken off as what was inside', () => {
    const { s, env } = serviceLab()
    s.ping('p1a', '10.244.2.2')
    s.settle()
    const all = steps(env)
    const on = all.find((step) => step.verdict === 'encapsulate')!
    const names = on.after!.layers.map((layer) => layer.layer)
    expect(names).toEqual(['ipv4', 'udp', 'vxlan', 'eth', 'ipv4', 'icmp', 'data'])
    expect(on.after!.layers[1]!.fields.every((field) => field.changed)).toBe(true)
    expect(on.after!.layers[4]!.fields.some((field) => field.changed)).toBe(false)
    const off = all.find((step) => step.verdict === 'decapsulate')!
    expect(off.after!.layers.map((layer) => layer.layer)).toEqual(['eth', 'ipv4', 'icmp', 'data'])
  })

  it('reads the past as it was: a route that is gone now still explains its step', () => {
    const { s, env } = serviceLab()
    s.ping('p1a', '10.244.2.2')
    s.settle()
    const at = [...env.trace.columns.point.subarray(0, env.trace.length)].findIndex((point, i) => {
      const detail = recordAt(env.trace, i)!.detail
      return POINTS[point] === 'route.input' && detail?.d === 'route' && detail.route.onlink
    })
    const detail = recordAt(env.trace, at)!.detail
    const route = detail?.d === 'route' ? detail.route : null
    const routes = s.kernel.t.routeByNetns.at(route!.netns)
    const key = routes.keys()[routes.rows().indexOf(route!)]!
    s.sim.transact('delete', 0, () => s.world.delete(s.kernel.t.route, key))
    expect(explainStep(env, at)!.decision!.writtenAt).toBeNull()
    s.sim.seek(env.trace.columns.journal[at]!)
    expect(explainStep(env, at)!.decision!.text).toBe('10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink')
  })

  it('takes well under two milliseconds', () => {
    const { s, env } = serviceLab()
    for (let i = 0; i < 20; i++) curl(s)
    steps(env)
    const began = performance.now()
    for (let i = 0; i < env.trace.length; i++) explainStep(env, i)
    expect((performance.now() - began) / env.trace.length).toBeLessThan(2)
  })
})

describe('things to look at', () => {
  it('shows the lab as machines, namespaces, devices, Services and workloads', () => {
    const { env, s } = serviceLab()
    const view = topology(env)
    expect(view.hosts.map((host) => host.id)).toEqual([
      'host/sw',
      'host/p1a',
      'host/p1b',
      'host/p2a',
      'host/p2b',
      'host/n1',
      'host/n2',
    ])
    const n1 = view.hosts.find((host) => host.name === 'n1')!
    const tunnel = n1.netns[0]!.devices.find((device) => device.kind === 'vxlan')!
    expect(tunnel).toMatchObject({ name: 'flannel.1', note: 'vni 1', addresses: ['10.244.1.0/32'], mtu: 1450 })
    expect(view.services.find((service) => service.name === 'web')).toMatchObject({
      clusterIP: '10.96.0.10',
      ports: ['80/TCP'],
      endpoints: [{ pod: 'Pod/default/web-1', address: '10.244.1.3', ready: true }],
    })
    expect(view.workloads).toMatchObject([{ ref: 'Deployment/default/web', ready: 0, desired: 2 }])
    const before = topologyRevision(env)
    s.ping('p1a', '10.244.2.2')
    s.settle()
    expect(topologyRevision(env)).toBe(before)
    expect(topology(env)).toBe(view)
    s.addr('n1', 'eth0', '10.77.0.1/24')
    expect(topologyRevision(env)).not.toBe(before)
    expect(topology(env)).not.toBe(view)
  })

  it('lights the row that decided and marks those written', () => {
    const { s, env } = serviceLab()
    curl(s)
    const cursor = steps(env).find((step) => step.decision?.where === 'nat KUBE-SEP-A rule 2')!.cursor
    s.sim.seek(env.trace.columns.journal[cursor]!)
    const view = entity(env, { kind: 'netns', id: s.ns('n1') }, cursor)!
    const nat = view.tables.find((table) => table.title === 'iptables-nat')!
    const chain = nat.rows.find((row) => row.cells[0] === 'KUBE-SEP-A')!
    expect(chain.open!.map((row) => row.lit)).toEqual([false, true])
    expect(chain.open![1]!.causes[0]!.actor).toBe('kube-proxy@n1')
    const other = entity(env, { kind: 'netns', id: s.ns('n2') }, cursor)!
    expect(JSON.stringify(other)).not.toContain('"lit":true')
    for (const table of [...view.tables, ...other.tables]) {
      expect(english.has(`tables.${table.title}`), table.title).toBe(true)
      for (const row of table.rows) expect(row.cells.length, table.title).toBe(table.columns.length)
      for (const head of table.columns)
        if (!/^[A-Z#]+$/.test(head))
          expect(english.has(`tables.head-${head.toLowerCase().replaceAll(' ', '-')}`), head).toBe(true)
    }
    s.sim.seek(env.world.journal.length)
  })

  it('has a view of each kind of thing', () => {
    const { s, env } = serviceLab()
    curl(s)
    const at = env.trace.length - 1
    expect(entity(env, { kind: 'host', id: 'host/n1' }, at)!.title).toBe('n1')
    const cni0 = entity(env, { kind: 'device', id: s.link('n1', 'cni0') }, at)!
    expect(cni0.tables.map((table) => table.title)).toEqual(['addresses', 'fdb', 'neigh', 'ports'])
    for (const { name } of cni0.facts) expect(english.has(`tables.fact-${name}`), name).toBe(true)
    const service = entity(env, { kind: 'object', ref: 'Service/default/web' }, at)!
    expect(service.yaml).toContain('clusterIP: 10.96.0.10')
    expect(service.facts).toContainEqual({ name: 'Cluster-IP', value: '10.96.0.10' })
    expect(service.rows).toContainEqual({
      host: 'host/n1',
      table: 'nat',
      text: '-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.3:8080',
    })
    expect(service.tables.map((table) => table.command)).toEqual(['kubectl get endpointslice'])
    expect(entity(env, { kind: 'object', ref: 'Service/default/nope' }, at)).toBeNull()
    expect(entity(env, { kind: 'device', id: 9999 }, at)).toBeNull()
    expect(entity(env, { kind: 'network', id: 'network/nope' }, at)).toBeNull()
  })

  it('tells the other end of a point-to-point link from the own one', () => {
    const { s, env } = serviceLab()
    const [eth0, name] = [s.link('p1a', 'eth0'), '10.9.0.1 peer 10.9.0.2/32']
    addAddress(s.kernel, eth0, { addr: ipv4('10.9.0.1'), peer: ipv4('10.9.0.2'), len: 32 })
    const [own] = topology(env).hosts.find(({ id }) => id === 'host/p1a')!.netns
    expect(own!.devices.find(({ id }) => id === eth0)!.addresses).toEqual(['10.244.1.2/24', name])
    const { facts } = entity(env, { kind: 'host', id: 'host/p1a' }, env.trace.length - 1)!
    expect(facts).toContainEqual({ name: 'addresses', value: `10.244.1.2/24, ${name}` })
  })

  it('shows what WireGuard knows of its peers, and no MAC address where there is none', () => {
    const { s, env } = serviceLab()
    const link = addWireguard(s.kernel, s.ns('n1'), { name: 'wg0' })
    if (!link.ok) throw new Error('no wg0')
    setWireguard(s.kernel, link.value, { port: 51820 })
    const key = `${'A'.repeat(43)}=`
    setWgPeer(s.kernel, link.value, key, { allowed: [cidr('10.5.0.2/32')], endpoint: { addr: ipv4('192.168.56.12'), port: 51820 } }) // prettier-ignore
    const view = entity(env, { kind: 'device', id: link.value }, 0)!
    expect(view.facts.map(({ name }) => name)).toEqual(['mtu', 'state', 'listening', 'received', 'sent'])
    const peers = view.tables.find(({ title }) => title === 'peers')!
    expect(peers.rows.map(({ cells }) => cells)).toEqual([['10.5.0.2/32', '192.168.56.12:51820', '', key]])
    for (const head of peers.columns)
      expect(english.has(`tables.head-${head.toLowerCase().replaceAll(' ', '-')}`), head).toBe(true)
  })

  it('finds the rows of an object by their subjects, on all machines', () => {
    const { env } = serviceLab()
    expect(rowsFor(env, 'Node/n9')).toEqual([
      { host: 'host/n1', table: 'route', text: '10.9.0.0/16 dev flannel.1 scope link' },
    ])
    expect(rowsFor(env, 'Service/default/other')).toEqual([])
  })

  it('finds things by address, short kind, chain and device', () => {
    const { env, s } = serviceLab()
    expect(find(env, 'svc/web')[0]).toMatchObject({
      label: 'svc/web',
      entity: { kind: 'object', ref: 'Service/default/web' },
    })
    expect(find(env, '10.96.0.10')[0]!.entity).toEqual({ kind: 'object', ref: 'Service/default/web' })
    expect(find(env, '10.244.1.2')[0]!.entity).toEqual({ kind: 'device', id: s.link('p1a', 'eth0') })
    expect(find(env, 'KUBE-SEP-A')[0]).toMatchObject({ label: 'KUBE-SEP-A', entity: { kind: 'host', id: 'host/n1' } })
    expect(find(env, 'flannel')[0]!.label).toBe('flannel.1')
    expect(find(env, '  ').map(({ label }) => label)).toEqual(find(env, '').map(({ label }) => label))
    expect(find(env, 'no such thing')).toEqual([])
  })
})

describe('packets and their ways', () => {
  it('gives every packet an end, and the places it passed', () => {
    const { s, env } = serviceLab()
    const ping = s.ping('p1a', '10.244.2.2')
    s.ping('p1a', '10.244.1.99')
    s.ping('p1b', '10.244.2.3', { size: 3000, df: false })
    s.settle()
    for (const { id } of env.trace.packets)
      expect(['delivered', 'dropped', 'fragmented'], `p${id}`).toContain(disposition(env, id)?.end)
    expect(disposition(env, ping)).toMatchObject({ end: 'delivered', reason: 'NONE' })
    expect(hopsOf(env, ping).map((hop) => `${hop.inDev}>${hop.placeName}>${hop.outDev}`)).toEqual([
      '>host/p1a>eth0',
      'veth1a>host/n1>flannel.1',
      'flannel.1>host/n2>veth2a',
      'eth0>host/p2a>',
    ])
    const lost = env.trace.packets.find(({ id }) => disposition(env, id)?.reason === 'NEIGH_FAILED')
    expect(lost).toBeDefined()
  })

  it('writes records as JSON lines of the public format', () => {
    const { s, env } = serviceLab()
    curl(s)
    const lines = Array.from({ length: env.trace.length }, (_, i) =>
      traceLine(env, i, (say) => english.text(`narration.${say.key}`, say.params))!,
    )
    const rule = lines.find((line) => line.decided?.chain === 'KUBE-SEP-A' && line.verdict === 'match')!
    expect(rule).toMatchObject({
      v: 1,
      packet: 'p1',
      parent: null,
      node: 'n1',
      netns: 'host',
      dev: 'cni0',
      point: 'nf.PREROUTING',
      drop: null,
      decided: {
        kind: 'rule',
        table: 'nat',
        chain: 'KUBE-SEP-A',
        num: 2,
        text: '-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.3:8080',
      },
      subject: ['Service/default/web'],
      cause: 'kube-proxy@n1 ← Lab/test ← you',
    })
    expect(rule.layers.map((layer) => layer.l)).toEqual(['eth', 'ipv4', 'tcp'])
    expect(Object.keys(rule)).toEqual(
      'v,step,t,packet,parent,origin,node,netns,dev,point,verdict,drop,layers,decided,subject,cause,say'.split(','),
    )
    for (const line of lines) expect(JSON.parse(JSON.stringify(line))).toEqual(line)
  })

  it('writes what captures on all devices would hold, with the reasons', () => {
    const { s, env } = serviceLab()
    const ping = s.ping('p1a', '10.244.9.9')
    s.settle()
    const read = readPcapng(writeTrace(env, 0, env.trace.length, { include: (id) => id === ping }))
    if (!read.ok) throw new Error(read.error.code)
    const { interfaces, packets } = read.value
    expect(packets.map((packet) => `${interfaces[packet.interface]!.name} ${packet.direction}`)).toEqual([
      'p1a/eth0 out',
      'n1/veth1a in',
      'n1/cni0 in',
    ])
    expect(packets.at(-1)!.comment).toContain('dropped, IP_INNOROUTES')
  })

  it('hands the timeline over in parts, once each, and again after a fork', () => {
    const { s, env } = serviceLab()
    const feed = new TimelineFeed(env)
    const first = feed.take(0)
    expect(first.from).toBe(0)
    s.ping('p1a', '10.244.2.2')
    s.settle()
    const second = feed.take(0)
    expect(second.from).toBe(first.length)
    expect(second.length).toBe(env.trace.length - first.length)
    expect(second.marks).toContain('VX|PING')
    expect(second.packets.map((packet) => packet.id)).toEqual(env.trace.packets.map((packet) => packet.id))
    for (let i = 1; i < second.length; i++) expect(second.event[i]! - second.event[i - 1]!).toBeGreaterThanOrEqual(0)
    expect(feed.take(0).length).toBe(0)
    const mark = s.sim.marks[first.event.length === 0 ? 5 : s.sim.marks.length >> 1]!
    s.sim.seek(mark.journal)
    s.sim.fork()
    feed.rewind(s.trace.length)
    const from = s.trace.length
    s.ping('p2a', '10.244.1.2')
    s.settle()
    const third = feed.take(0)
    expect(third.from).toBe(from)
    expect(third.framesFrom + third.frameMark.length).toBe(env.trace.states.length)
    expect(feed.sent).toBe(env.trace.length)
  })
})
