import { describe, expect, it } from 'vitest'
import { iptables, type ToolOptions } from '../../../kernel/netfilter/iptables.ts'
import { applyRestore } from '../../../kernel/netfilter/restore.ts'
import { EMPTY_RULESET } from '../../../kernel/netfilter/ruleset.ts'
import { saveTable } from '../../../kernel/netfilter/print.ts'
import type { Ruleset } from '../../../kernel/netfilter/types.ts'
import { splitWords } from '../../../kernel/netfilter/words.ts'
import { walkFlow } from '../../../testkit/walk-rules.ts'
import type { EndpointSlice, Service } from '../../../api/kinds/types.ts'
import { chainHash } from './chain-names.ts'
import { defaultProxyConfig, type ProxyConfig } from './config.ts'
import { probability } from './endpoint-rules.ts'
import chainNames from './fixtures/chain-names.json' with { type: 'json' }
import fixtures from './fixtures/cases.json' with { type: 'json' }
import partial from './fixtures/partial-sync.json' with { type: 'json' }
import probabilities from './fixtures/probabilities.json' with { type: 'json' }
import type { RestoreLine } from './output.ts'
import { type SyncOutput, syncProxyRules, type SyncState } from './sync.ts'

interface Case {
  readonly id: string
  readonly config: {
    readonly podCIDR?: string
    readonly nodeIP?: string
    readonly masqueradeAll?: boolean
    readonly localhostNodePorts?: boolean
    readonly nodePortAddresses?: readonly string[]
  }
  readonly services: readonly { readonly ref: string; readonly spec: object; readonly ingress?: readonly object[] }[]
  readonly slices: readonly {
    readonly service: string
    readonly name: string
    readonly addressType: string
    readonly endpoints: readonly object[]
    readonly ports: readonly object[]
  }[]
  readonly flows: readonly (readonly [string, string, string, number, string, boolean])[]
  readonly rules: Grouped
}
type Grouped = { readonly [table: string]: { readonly [chain: string]: readonly string[] } }

const cases: readonly Case[] = JSON.parse(JSON.stringify(fixtures.cases))

/** The configuration that the vectors assume. */
function configOf({ config }: Pick<Case, 'config'>): ProxyConfig {
  const nodeIp = config.nodeIP ?? '192.168.0.2'
  const detect = { mode: 'ClusterCIDR', cidr: config.podCIDR ?? '10.0.0.0/8' } as const
  return {
    ...defaultProxyConfig('test-node', nodeIp, detect),
    nodeIps: [...fixtures.localAddresses, '127.0.0.1', '::1'],
    markFormat: 'short',
    nfacct: { invalidDropped: true, localhostNodePorts: true },
    randomFully: false,
    masqueradeAll: config.masqueradeAll ?? false,
    localhostNodePorts: config.localhostNodePorts ?? true,
    nodePortAddresses: config.nodePortAddresses ?? null,
  }
}

function service(ref: string, spec: object, ingress?: readonly object[]): Service {
  const [namespace, name] = ref.split('/')
  const status = ingress ? { loadBalancer: { ingress } } : undefined
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name: name! }, spec, status }
}

function slice(of: string, name: string, rest: object): EndpointSlice {
  const [namespace, serviceName] = of.split('/')
  const labels = { 'kubernetes.io/service-name': serviceName! }
  const base = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name, labels },
  } as const
  return { ...base, addressType: 'IPv4', endpoints: [], ...rest }
}

const syncCase = (one: Case, config = configOf(one)): SyncOutput =>
  syncProxyRules({
    services: one.services.map(({ ref, spec, ingress }) => service(ref, spec, ingress)),
    endpointSlices: one.slices.map(({ service: of, name, ...rest }) => slice(of, name, rest)),
    config,
  })

/** Restore input by table and chain; the order of rules within a chain stays. */
function grouped(lines: readonly RestoreLine[]): { rules: Grouped; deleted: readonly string[] } {
  const rules: { [table: string]: { [chain: string]: string[] } } = {}
  const deleted: string[] = []
  let table: { [chain: string]: string[] } = {}
  for (const { text } of lines) {
    const [head = '', chain = ''] = text.split(' ')
    if (text.startsWith('*')) table = rules[text.slice(1)] = {}
    else if (text.startsWith(':')) table[head.slice(1)] = []
    else if (head === '-A') table[chain]!.push(text.slice(4 + chain.length))
    else if (head === '-X') deleted.push(chain)
  }
  return { rules, deleted }
}

/** A fresh node: the jumps, then the restore. */
function install(output: SyncOutput): Ruleset {
  let id = 0
  const options: ToolOptions = { allocateId: () => ++id, cause: 1 }
  let ruleset: Ruleset = EMPTY_RULESET
  const run = (argv: readonly string[]): void => {
    const done = iptables(ruleset, argv, options)
    if (done.ok) ruleset = done.value.ruleset
    else if (argv[2] !== '-N') throw new Error(done.error.stderr)
  }
  for (const jump of output.ensureJumps) {
    run(['-t', jump.table, '-N', jump.to])
    run(['-t', jump.table, '-I', jump.chain, ...splitWords(jump.args).map((word) => word.text)])
  }
  const done = applyRestore(ruleset, output.lines, { ...options, noflush: true, counters: true })
  if (!done.ok) throw new Error(done.error.stderr)
  return done.value.ruleset
}

describe('rules per case', () => {
  for (const one of cases)
    it(`of ${one.id}`, () => {
      expect(grouped(syncCase(one).lines)).toEqual({ rules: one.rules, deleted: [] })
    })
})

describe('flows through the generated rules', () => {
  for (const one of cases) {
    const ipv4Flows = one.flows.filter(([, source]) => !source.includes(':'))
    const local = fixtures.localAddresses.filter((ip) => !ip.includes(':'))
    if (ipv4Flows.length === 0) continue
    const ruleset = install(syncCase(one))
    for (const [protocol, source, destination, port, output, masqueraded] of ipv4Flows)
      it(`${one.id}: ${source} to ${destination}:${port}`, () => {
        const flow = { protocol: protocol === 'UDP' ? 'UDP' : 'TCP', source, destination, port, local } as const
        expect(walkFlow(ruleset, flow)).toEqual({ output, masqueraded })
      })
  }
})

describe('names and numbers', () => {
  it('hashes service ports and endpoints as kube-proxy does', () => {
    for (const [input, hash] of chainNames.names) expect(chainHash(input!)).toBe(hash)
  })

  it('writes probabilities with ten digits', () => {
    for (const [n, text] of probabilities.values) expect(probability(Number(n))).toBe(text)
  })

  it('writes the mark as the daemon does', () => {
    const one = cases.find(({ id }) => id === 'overall')!
    const texts = syncCase(one, { ...configOf(one), markFormat: 'daemon', randomFully: true }).lines.map((l) => l.text)
    expect(texts).toContain('-A KUBE-MARK-MASQ -j MARK --or-mark 0x00004000')
    expect(texts.some((text) => text.endsWith('-j MASQUERADE --random-fully'))).toBe(true)
  })
})

describe('the fresh node', () => {
  const ruleset = install(syncCase(cases.find(({ id }) => id === 'overall')!))
  const jumps = (table: 'filter' | 'nat', chain: string): readonly string[] =>
    ruleset[table]!.chains.find(({ name }) => name === chain)!.rules.map((rule) => rule.text.replace(/.*-j /, ''))

  it('has the jumps in the order that prepending gives', () => {
    const firewall = 'KUBE-PROXY-FIREWALL'
    expect(jumps('filter', 'INPUT')).toEqual(['KUBE-FIREWALL', firewall, 'KUBE-NODEPORTS', 'KUBE-EXTERNAL-SERVICES'])
    const forward = [firewall, 'KUBE-FORWARD', 'KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES']
    expect(jumps('filter', 'FORWARD')).toEqual(forward)
    expect(jumps('filter', 'OUTPUT')).toEqual(['KUBE-FIREWALL', firewall, 'KUBE-SERVICES'])
    expect(jumps('nat', 'POSTROUTING')).toEqual(['KUBE-POSTROUTING'])
  })

  it('is shown as iptables-save shows it', () => {
    const saved = saveTable(ruleset, 'nat')
    expect(saved).toContain(
      '-A KUBE-SVC-4SW47YFZTEDKD3PK -m comment --comment "ns4/svc4:p80 -> 10.180.0.4:80" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-UKSFD7AGPMPPLUHC',
    )
    expect(saved).toContain(
      '-A KUBE-SEP-I77PXRDZVX7PMWMN -p tcp -m comment --comment "ns5/svc5:p80" -m recent --set --name KUBE-SEP-I77PXRDZVX7PMWMN --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.180.0.3:80',
    )
    expect(saved).toContain('-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000')
  })

  it('names the objects that a rule is for', () => {
    const chain = ruleset.nat!.chains.find(({ name }) => name === 'KUBE-SEP-SXIVWICOYRO3J4NJ')!
    expect(chain.rules.map((rule) => rule.subject)).toEqual([
      ['Service/ns1/svc1', 'EndpointSlice/ns1/svc1-1'],
      ['Service/ns1/svc1', 'EndpointSlice/ns1/svc1-1'],
    ])
  })
})

describe('partial syncs', () => {
  const ports = (port: number) => [{ name: `p${port}`, port, protocol: 'TCP' }]
  const svc = (n: number, port = 80): Service =>
    service(`ns${n}/svc${n}`, { clusterIP: `172.30.0.4${n}`, ports: ports(port) })
  const eps = (n: number, ips: readonly string[], port = 80): EndpointSlice =>
    slice(`ns${n}/svc${n}`, `svc${n}-1`, { endpoints: ips.map((ip) => ({ addresses: [ip] })), ports: ports(port) })
  const [one, two, three, four] = [svc(1), svc(2, 8080), svc(3), svc(4)]
  const [e1, e2] = [eps(1, ['10.0.1.1']), eps(2, ['10.0.2.1'], 8080)]
  const e4 = eps(4, ['10.0.4.1'])
  const worlds: readonly (readonly [readonly Service[], readonly EndpointSlice[]])[] = [
    [
      [one, two],
      [e1, e2],
    ],
    [
      [one, two, three],
      [e1, e2, eps(3, ['10.0.3.1'])],
    ],
    [
      [one, three],
      [e1, eps(3, ['10.0.3.1'])],
    ],
    [
      [one, three, four],
      [e1, eps(3, ['10.0.3.1'])],
    ],
    [
      [one, three, four],
      [e1, eps(3, ['10.0.3.1']), e4],
    ],
    [
      [one, three, four],
      [e1, eps(3, ['10.0.3.2']), e4],
    ],
    [
      [one, three, four],
      [e1, eps(3, ['10.0.3.2', '10.0.3.3']), e4],
    ],
    [
      [one, three, four],
      [e1, eps(3, ['10.0.3.2', '10.0.3.3']), e4],
    ],
  ]
  const config = configOf({ config: {} })

  it('writes only what changed, step by step', () => {
    let previous: SyncState | undefined
    partial.steps.forEach((step, i) => {
      const [services, endpointSlices] = worlds[i]!
      const output = syncProxyRules({ services, endpointSlices, config, previous })
      expect(grouped(output.lines), step.step).toEqual({ rules: step.rules, deleted: step.deleted })
      previous = output.state
    })
  })

  it('leaves the same tables behind as a full sync would', () => {
    let id = 0
    const options = { allocateId: () => ++id, cause: 1, noflush: true }
    let previous: SyncState | undefined
    let ruleset: Ruleset = EMPTY_RULESET
    for (const [services, endpointSlices] of worlds) {
      const output = syncProxyRules({ services, endpointSlices, config, previous })
      const done = applyRestore(ruleset, output.lines, options)
      expect(done.ok).toBe(true)
      if (done.ok) ruleset = done.value.ruleset
      previous = output.state
      const full = applyRestore(EMPTY_RULESET, syncProxyRules({ services, endpointSlices, config }).lines, options)
      expect(saveTable(ruleset, 'nat')).toEqual(full.ok && saveTable(full.value.ruleset, 'nat'))
    }
  })

  it('keeps rules whose text is the same, with id and cause', () => {
    let id = 0
    const [services, endpointSlices] = worlds[0]!
    const lines = syncProxyRules({ services, endpointSlices, config }).lines
    const first = applyRestore(EMPTY_RULESET, lines, { allocateId: () => ++id, cause: 1, noflush: true })
    const made = id
    const second =
      first.ok && applyRestore(first.value.ruleset, lines, { allocateId: () => ++id, cause: 2, noflush: true })
    expect(id).toBe(made)
    expect(first.ok && second && second.ok && second.value.ruleset === first.value.ruleset).toBe(true)
  })
})

describe('large clusters', () => {
  it('drop comments from per-endpoint rules', () => {
    const ips = Array.from({ length: 1001 }, (_, i) => ({ addresses: [`10.${1 + (i >> 8)}.0.${i & 255}`] }))
    const port = [{ port: 80, protocol: 'TCP' }]
    const output = syncProxyRules({
      services: [service('a/b', { clusterIP: '172.30.0.1', ports: port })],
      endpointSlices: [slice('a/b', 'b-1', { endpoints: ips, ports: port })],
      config: configOf({ config: {} }),
    })
    const perEndpoint = output.lines.filter(
      ({ text }) => /^-A KUBE-(SEP|SVC)-/.test(text) && !text.includes('cluster IP'),
    )
    expect(perEndpoint.length).toBe(1001 * 3)
    expect(perEndpoint.some(({ text }) => text.includes('comment'))).toBe(false)
    expect(output.state.largeCluster).toBe(true)
  })
})
