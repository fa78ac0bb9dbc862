import type { Service } from '../../../src/core/api/kinds/types.ts'
import { formatIpv4 } from '../../../src/core/base/ipv4.ts'
import type { Lab } from '../../../src/core/lab/lab.ts'

/** A question to the network, asked on both sides. */
export interface Probe {
  readonly from: string
  readonly line: string
  /** What of the answer must be equal: everything that is no chance and no clock. */
  readonly normal: (stdout: string, exit: number) => string
}

export const probeLine = ({ from, line, normal }: Probe, stdout: string, exit: number): string =>
  `${from} $ ${line}: ${normal(stdout, exit)}`

const ping = (from: string, to: string): Probe => ({
  from,
  line: `ping -c 1 -W 1 ${to}`,
  normal: (stdout, exit) => {
    const received = /(\d+) received/.exec(stdout)?.[1] ?? '?'
    const ttl = / ttl=(\d+)/.exec(stdout)?.[1] ?? '-'
    const error = /^From (\S+) .*?(Destination .*|Time to live .*)$/m.exec(stdout)
    return `exit ${exit}, received ${received}, ttl ${ttl}${error ? `, ${error[1]}: ${error[2]}` : ''}`
  },
})

const get = (from: string, to: string): Probe => ({
  from,
  line: `curl -s -m 2 -o /dev/null -w '%{http_code}' http://${to}/`,
  normal: (stdout, exit) => `exit ${exit}, status ${stdout}`,
})

/** From a pod, a node and a machine outside (whatever the lab has of these): to pods, Services, node ports, closed ports, nobody. */
export function probesOf(lab: Lab): readonly Probe[] {
  const { api, kernel } = lab
  const machines = lab.spec.fabric.hosts
  const address = (label: string): string => {
    const netns = kernel.t.netns.rows().find((row) => row.label === label)?.id ?? 0
    const row = kernel.t.addressByNetns
      .at(netns)
      .rows()
      .find((each) => each.scope === 'global')
    return row ? formatIpv4(row.addr) : ''
  }
  const pods = kernel.t.netns.rows().flatMap(({ label }) => (label.startsWith('pod/default/') ? [label] : []))
  const client = pods.find((label) => label === 'pod/default/client') ?? pods[0]
  const node = machines.find(({ role }) => role === 'worker')
  const outside = machines.filter(({ role }) => role === 'host')
  const sources = [
    ...(client === undefined ? [] : [client]),
    ...(node ? [`node/${node.name}`] : []),
    ...outside.slice(0, 1).map(({ name }) => `host/${name}`),
  ]
  const services = (lab.spec.cluster ? api.ofKind<Service>('Service') : []).flatMap(({ metadata, spec }) =>
    metadata.namespace === 'default' &&
    spec.clusterIP !== undefined &&
    spec.clusterIP !== 'None' &&
    metadata.name !== 'kubernetes'
      ? [spec]
      : [],
  )
  const machineAddresses = machines.flatMap(({ interfaces }) =>
    interfaces.slice(0, 1).map((each) => formatIpv4(each.address)),
  )
  return sources.flatMap((from) => [
    ...pods.map((label) => ping(from, address(label))),
    ...machineAddresses.map((to) => ping(from, to)),
    ...pods.map((label) => get(from, address(label))),
    ...services.map(({ clusterIP, ports }) => get(from, `${clusterIP}:${ports![0]!.port}`)),
    ...services.flatMap(({ ports }) =>
      ports![0]!.nodePort === undefined ? [] : machineAddresses.map((to) => get(from, `${to}:${ports![0]!.nodePort}`)),
    ),
    ...machineAddresses.slice(0, 2).map((to) => get(from, `${to}:4444`)),
  ])
}
