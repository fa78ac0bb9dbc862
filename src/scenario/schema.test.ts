import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidr } from '../core/base/cidr.ts'
import { ipv4 } from '../core/base/ipv4.ts'
import { createI18n } from '../i18n/i18n.ts'
import { loadHeader } from './document.ts'
import type { LabSpec } from './types.ts'

const LABS = new URL('../../public/labs/', import.meta.url)
const files = readdirSync(LABS).filter((file) => file.endsWith('.yaml'))

const HEAD = 'apiVersion: hopscope.dev/v1alpha1\nkind: Lab\nmetadata: {name: t}\n'
/** A small valid lab; replace parts of its text to break it. */
const SMALL = `${HEAD}spec:
  fabric:
    networks:
      - {name: rack1, cidr: 10.0.0.0/24}
    routers:
      - name: r1
        interfaces: [{network: rack1, address: 10.0.0.1}]
        routes: [{to: default, via: 10.0.0.254}]
    links:
      - {between: [rack1, a], delay: 1.5ms, rate: 10Mbit, loss: 5%, mtu: 1400}
    hosts:
      - {name: a, role: control-plane, interfaces: [{network: rack1, address: 10.0.0.10}]}
      - {name: b, role: worker, interfaces: [{network: rack1, address: 10.0.0.11/24, mtu: 1400}], labels: {zone: x}, cpu: 500m, memory: 1Gi}
      - {name: c, interfaces: [{network: rack1, address: 10.0.0.12}], gateway: none}
  cluster: {version: "1.35", podCIDR: 10.244.0.0/16, serviceCIDR: 10.96.0.0/12, addons: [coredns]}
  script:
    - {at: settled, in: pod/default/client, run: curl web}
    - {at: 1.204318s, in: host/c, run: ping 10.0.0.10}
  view: {positions: {host/a: {x: 1, y: 2}}, folded: [node/b], lens: overlay, cursor: 12}
`

function good(text: string): LabSpec {
  const { lab, diagnostics } = loadHeader(text)
  expect(diagnostics.filter((problem) => problem.severity === 'error')).toEqual([])
  return lab!
}

/** `code@path «text shown»` of every problem. */
const problems = (text: string): string[] =>
  loadHeader(text).diagnostics.map(({ code, path, range }) => {
    const marked = range ? ` «${text.slice(range.start.offset, range.end.offset)}»` : ''
    return `${code}@${path}${marked}`
  })

const broken = (from: string, to: string): string[] => {
  expect(SMALL).toContain(from)
  return problems(SMALL.replace(from, to))
}

describe('a lab', () => {
  it('is read with every default filled in', () => {
    const lab = good(SMALL)
    expect(lab).toMatchObject({
      name: 't',
      seed: 1,
      cluster: { version: '1.35', dnsDomain: 'cluster.local', podCIDR: cidr('10.244.0.0/16'), addons: ['coredns'] },
      view: { positions: { 'host/a': { x: 1, y: 2 } }, folded: ['node/b'], lens: 'overlay', cursor: 12 },
    })
    expect(lab.fabric.networks).toEqual([{ name: 'rack1', cidr: cidr('10.0.0.0/24'), mtu: 1500 }])
    expect(lab.fabric.routers[0]!.routes).toEqual([{ to: cidr('0.0.0.0/0'), via: ipv4('10.0.0.254') }])
    expect(lab.fabric.links).toEqual([
      { machine: 'a', network: 'rack1', delay: 1_500_000, rate: 10_000_000, loss: 0.05, mtu: 1400 },
    ])
    const [a, b, c] = lab.fabric.hosts
    expect(a).toMatchObject({ gateway: ipv4('10.0.0.1'), milliCpu: 4000, memory: 8 * 2 ** 30, labels: {} })
    expect(a!.taints).toEqual([{ key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }])
    expect(b).toMatchObject({ labels: { zone: 'x' }, milliCpu: 500, memory: 2 ** 30, taints: [] })
    expect(b!.interfaces).toEqual([{ network: 'rack1', address: ipv4('10.0.0.11'), mtu: 1400 }])
    expect(c).toMatchObject({ role: 'host', gateway: null })
    expect(lab.script[1]).toEqual({ at: 1_204_318_000, in: { kind: 'host', name: 'c' }, run: 'ping 10.0.0.10' })
  })

  it('gives cluster nodes a default route even where no router is, and plain hosts none', () => {
    const lab = good(SMALL.replace(/ {4}routers:[^]*?(?= {4}links)/, '').replace(', gateway: none', ''))
    expect(lab.fabric.hosts.map((host) => host.gateway)).toEqual([ipv4('10.0.0.1'), ipv4('10.0.0.1'), null])
  })

  it('may have no cluster', () => {
    const lab = good(readFileSync(new URL('plain-network.yaml', LABS), 'utf8'))
    expect(lab.cluster).toBeNull()
    expect(lab.fabric.hosts.map((host) => host.gateway)).toEqual([ipv4('10.0.1.1'), ipv4('10.0.2.1')])
  })

  it.each(files)('%s loads without a warning and is in the index', (file) => {
    const { lab, diagnostics, manifestsAt } = loadHeader(readFileSync(new URL(file, LABS), 'utf8'))
    expect(diagnostics).toEqual([])
    expect(`${lab!.name}.yaml`).toBe(file)
    expect(manifestsAt).toBeGreaterThan(0)
    const index = JSON.parse(readFileSync(new URL('index.json', LABS), 'utf8')) as { id: string; file: string }[]
    expect(index.find((entry) => entry.file === file)?.id).toBe(lab!.name)
  })
})

describe('what is wrong is named, with its place', () => {
  it.each([
    [
      'address: 10.0.0.10}',
      'address: 10.0.1.10}',
      'address-outside@spec.fabric.hosts[0].interfaces[0].address «10.0.1.10»',
    ],
    [
      'address: 10.0.0.10}',
      'address: 10.0.0.255}',
      'address-reserved@spec.fabric.hosts[0].interfaces[0].address «10.0.0.255»',
    ],
    [
      'address: 10.0.0.10}',
      'address: 10.0.0.1}',
      'address-taken@spec.fabric.hosts[0].interfaces[0].address «10.0.0.1»',
    ],
    ['address: 10.0.0.10}', 'address: ten}', 'address-invalid@spec.fabric.hosts[0].interfaces[0].address «ten»'],
    ['10.0.0.11/24', '10.0.0.11/16', 'prefix-differs@spec.fabric.hosts[1].interfaces[0].address «10.0.0.11/16»'],
    ['{name: b,', '{name: a,', 'name-taken@spec.fabric.hosts[1].name «a»'],
    ['{name: b,', '{name: B_1,', 'name-invalid@spec.fabric.hosts[1].name «B_1»'],
    ['{name: b,', '{nam: b,', 'field-unknown@spec.fabric.hosts[1].nam «nam»'],
    ['role: worker', 'role: master', 'not-one-of@spec.fabric.hosts[1].role «master»'],
    ['cidr: 10.0.0.0/24', 'cidr: 10.0.0.5/24', 'cidr-host-bits@spec.fabric.networks[0].cidr «10.0.0.5/24»'],
    ['cidr: 10.0.0.0/24', 'cidr: 10.0.0.0', 'cidr-invalid@spec.fabric.networks[0].cidr «10.0.0.0»'],
    ['cidr: 10.0.0.0/24', 'cidr: 10.0.0.0/31', 'cidr-unusable@spec.fabric.networks[0].cidr «10.0.0.0/31»'],
    [
      '{network: rack1, address: 10.0.0.12}',
      '{network: rack9, address: 10.0.0.12}',
      'network-unknown@spec.fabric.hosts[2].interfaces[0].network «rack9»',
    ],
    ['via: 10.0.0.254', 'via: 10.9.0.254', 'via-off-link@spec.fabric.routers[0].routes[0].via «10.9.0.254»'],
    ['between: [rack1, a]', 'between: [rack1, z]', 'machine-unknown@spec.fabric.links[0].between[1] «z»'],
    ['between: [rack1, a]', 'between: [rack1]', 'link-ends@spec.fabric.links[0].between «[rack1]»'],
    ['delay: 1.5ms', 'delay: 1.5', 'duration-invalid@spec.fabric.links[0].delay «1.5»'],
    ['rate: 10Mbit', 'rate: fast', 'rate-invalid@spec.fabric.links[0].rate «fast»'],
    ['loss: 5%', 'loss: 5', 'out-of-range@spec.fabric.links[0].loss «5»'],
    ['gateway: none', 'gateway: 10.0.9.1', 'gateway-off-link@spec.fabric.hosts[2].gateway «10.0.9.1»'],
    ['gateway: none', 'gateway: 10.0.0.12', 'gateway-self@spec.fabric.hosts[2].gateway «10.0.0.12»'],
    ['role: control-plane', 'role: worker', 'control-plane-missing@spec.cluster «cluster»'],
    ['version: "1.35"', 'version: 1.35', 'version-invalid@spec.cluster.version «1.35»'],
    ['addons: [coredns]', 'addons: [core-dns]', 'not-one-of@spec.cluster.addons[0] «core-dns»'],
    ['podCIDR: 10.244.0.0/16', 'podCIDR: 10.244.0.0/25', 'pod-cidr-size@spec.cluster.podCIDR «10.244.0.0/25»'],
    ['podCIDR: 10.244.0.0/16', 'podCIDR: 10.244.0.0/24', 'pod-cidr-full@spec.cluster.podCIDR «10.244.0.0/24»'],
    ['podCIDR: 10.244.0.0/16', 'podCIDR: 10.96.0.0/16', 'ranges-overlap@spec.cluster.serviceCIDR «10.96.0.0/12»'],
    ['serviceCIDR: 10.96.0.0/12', 'serviceCIDR: 10.0.0.0/8', 'service-cidr-size@spec.cluster.serviceCIDR «10.0.0.0/8»'],
    ['in: pod/default/client', 'in: pod/client', 'place-invalid@spec.script[0].in «pod/client»'],
    ['in: host/c', 'in: host/b', 'place-unknown@spec.script[1].in «host/b»'],
    ['at: 1.204318s', 'at: later', 'duration-invalid@spec.script[1].at «later»'],
    ['metadata: {name: t}', 'metadata: {}', 'field-missing@metadata.name «metadata»'],
    ['labels: {zone: x}', 'labels: {"-": x}', 'label-invalid@spec.fabric.hosts[1].labels["-"] «"-"»'],
    ['cpu: 500m', 'cpu: lots', 'quantity-invalid@spec.fabric.hosts[1].cpu «lots»'],
  ])('%s → %s', (from, to, expected) => {
    expect(broken(from, to)).toContain(expected)
    expect(loadHeader(SMALL.replace(from, to)).lab).toBeNull()
  })

  it('counts lines and columns from 1', () => {
    const [problem] = loadHeader(SMALL.replace('role: worker', 'role: master')).diagnostics
    expect(problem!.range).toMatchObject({ start: { line: 16, column: 25 }, end: { line: 16, column: 31 } })
  })

  it('names everything at once', () => {
    const text = SMALL.replace('address: 10.0.0.10}', 'address: 1}')
      .replace('rate: 10Mbit', 'rate: 0')
      .replace('seed', 'sead')
    expect(problems(text).length).toBeGreaterThan(1)
  })

  it('has a text in both languages for each, English on the diagnostic itself', () => {
    const [problem] = loadHeader(SMALL.replace('role: worker', 'role: master')).diagnostics
    expect(problem!.message).toBe('spec.fabric.hosts[1].role must be one of control-plane, worker, host, not master.')
    const chinese = createI18n('zh').text(`errors.${problem!.code}`, problem!.params)
    expect(chinese).toBe('spec.fabric.hosts[1].role 只能取 control-plane, worker, host 之一，不能是 master。')
  })
})

describe('warnings let the lab load', () => {
  it.each([
    ['cidr: 10.0.0.0/24}', 'cidr: 10.0.0.0/24, mtu: 600}', 'mtu-small@spec.fabric.networks[0].mtu «600»'],
    ['version: "1.35"', 'version: "1.28"', 'version-not-modelled@spec.cluster.version «"1.28"»'],
    ['podCIDR: 10.244.0.0/16', 'podCIDR: 10.0.0.0/16', 'ranges-overlap@spec.cluster.podCIDR «10.0.0.0/16»'],
    ['cursor: 12', 'cursor: -1', 'view-ignored@spec.view.cursor «-1»'],
    ['lens: overlay', 'theme: dark', 'view-ignored@spec.view.theme «dark»'],
  ])('%s → %s', (from, to, expected) => {
    expect(broken(from, to)).toContain(expected)
    expect(loadHeader(SMALL.replace(from, to)).lab).not.toBeNull()
  })
})

describe('what is not a lab of this version', () => {
  const code = (text: string): string | undefined => loadHeader(text).diagnostics[0]?.code
  it('is told apart', () => {
    expect(code('')).toBe('document-empty')
    expect(code('# only a comment\n')).toBe('document-empty')
    expect(code('apiVersion: v1\nkind: Pod\n')).toBe('not-a-lab')
    expect(code('just text')).toBe('not-a-lab')
    expect(code('[1, 2]')).toBe('not-a-lab')
    expect(code(SMALL.replace('v1alpha1', 'v1alpha2'))).toBe('future-version')
    expect(code(SMALL.replace('v1alpha1', 'v2'))).toBe('future-version')
    expect(code(SMALL.replace('v1alpha1', 'v0'))).toBe('unknown-version')
    expect(code(SMALL.replace('v1alpha1', 'next'))).toBe('unknown-version')
    expect(code('a: [1\nb: 2')).toBe('yaml-syntax')
    expect(code(`${HEAD}spec: {seed: 1, seed: 2, fabric: {}}`)).toBe('yaml-syntax')
    expect(code('x'.repeat(1024 * 1024 + 1))).toBe('document-too-large')
  })

  it('never throws: hostile keys, alias bombs, deep nesting, noise', () => {
    const hostile = good(
      SMALL.replace('positions: {host/a:', 'positions: {__proto__: {x: 3, y: 4}, constructor: {x: 5, y: 6}, host/a:'),
    )
    expect(Object.keys(hostile.view.positions)).toEqual(['__proto__', 'constructor', 'host/a'])
    expect(Object.getPrototypeOf(hostile.view.positions)).toBe(Object.prototype)
    expect(problems(SMALL.replace('labels: {zone: x}', 'labels: {__proto__: x}'))).toContain(
      'label-invalid@spec.fabric.hosts[1].labels.__proto__ «__proto__»',
    )
    const bomb = `${HEAD}spec:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n${'abcdefgh'
      .split('')
      .map((name, i) =>
        i ? `  ${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[i - 1]}`).join(', ')}]\n` : '',
      )
      .join('')}`
    expect(code(bomb)).toBe('yaml-syntax')
    expect(code('['.repeat(100_000))).toBe('yaml-too-deep')
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (noise) => void loadHeader(HEAD + noise)))
  })

  it('any one character of a lab may be anything', () => {
    fc.assert(
      fc.property(fc.nat(SMALL.length - 1), fc.string({ unit: 'binary', minLength: 0, maxLength: 3 }), (at, noise) => {
        const { lab, diagnostics } = loadHeader(SMALL.slice(0, at) + noise + SMALL.slice(at + 1))
        expect(lab !== null || diagnostics.some((problem) => problem.severity === 'error')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
