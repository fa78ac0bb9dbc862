import { type Result, err, ok } from '../../base/result.ts'
import { type GoFlags, goFlags } from '../contracts/go-flags.ts'
import type { Ctx } from '../contracts/program.ts'

/** The flags of flanneld that are heeded (main.go), with their defaults. */
export interface FlannelOptions {
  readonly kubeSubnetMgr: boolean
  /** Names or addresses, asked in order. */
  readonly iface: readonly string[]
  readonly ifaceRegex: readonly string[]
  readonly ifaceCanReach: string
  readonly publicIp: string
  readonly ipMasq: boolean
  readonly randomFully: boolean
  readonly subnetFile: string
  readonly netConfPath: string
  /** Seconds. */
  readonly iptablesResync: number
  readonly forwardRules: boolean
  readonly setNodeNetworkUnavailable: boolean
  /** 0: no server. */
  readonly healthzPort: number
}

const BOOLEANS = [
  'ip-masq',
  'ip-masq-fully-random-disable',
  'kube-subnet-mgr',
  'iptables-forward-rules',
  'ip-blackhole-route',
  'set-node-network-unavailable',
  'version',
]
const OTHERS = [
  'iface',
  'iface-regex',
  'iface-can-reach',
  'public-ip',
  'public-ipv6',
  'subnet-file',
  'net-config-path',
  'iptables-resync',
  'healthz-ip',
  'healthz-port',
  'subnet-lease-renew-margin',
  'kube-api-url',
  'kube-annotation-prefix',
  'kubeconfig-file',
  'etcd-endpoints',
  'etcd-prefix',
  'etcd-keyfile',
  'etcd-certfile',
  'etcd-cafile',
  'etcd-username',
  'etcd-password',
  'v',
  'vmodule',
  'log_backtrace_at',
]

/** The options of a process. What is not a flag may stand in FLANNELD_… of the environment. The error names a flag that there is not. */
export function readOptions(ctx: Pick<Ctx, 'argv' | 'env'>): Result<FlannelOptions, string> {
  const args = ctx.argv.slice(1)
  const own = goFlags(args, BOOLEANS)
  const unknown = own.names.find((name) => !BOOLEANS.includes(name) && !OTHERS.includes(name))
  if (unknown !== undefined) return err(unknown)
  const inherited = [...BOOLEANS, ...OTHERS].flatMap((name) => {
    const value = ctx.env[`FLANNELD_${name.toUpperCase().replaceAll('-', '_')}`]
    return value === undefined || own.names.includes(name) ? [] : [`--${name}=${value}`]
  })
  return ok(optionsOf(goFlags([...args, ...inherited], BOOLEANS)))
}

const optionsOf = (flags: GoFlags): FlannelOptions => ({
  kubeSubnetMgr: flags.flag('kube-subnet-mgr', false),
  iface: flags.all('iface'),
  ifaceRegex: flags.all('iface-regex'),
  ifaceCanReach: flags.text('iface-can-reach', ''),
  publicIp: flags.text('public-ip', ''),
  ipMasq: flags.flag('ip-masq', false),
  randomFully: !flags.flag('ip-masq-fully-random-disable', false),
  subnetFile: flags.text('subnet-file', '/run/flannel/subnet.env'),
  netConfPath: flags.text('net-config-path', '/etc/kube-flannel/net-conf.json'),
  iptablesResync: Math.max(1, flags.number('iptables-resync', 5) || 5),
  forwardRules: flags.flag('iptables-forward-rules', true),
  setNodeNetworkUnavailable: flags.flag('set-node-network-unavailable', true),
  healthzPort: flags.number('healthz-port', 0) || 0,
})
