import { parseCidr } from '../../base/cidr.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { SEC, type SimTime } from '../../base/time.ts'
import { type GoFlags, goFlags } from '../contracts/go-flags.ts'
import type { Ctx } from '../contracts/program.ts'
import { parseGoDuration } from './duration.ts'
import { type YamlMap, isMap, readYamlMap } from './yaml.ts'

/** KubeProxyConfiguration, v1alpha1, as far as it is heeded; durations in ns. Defaults: pkg/proxy/apis/config/v1alpha1/defaults.go. */
export interface Configuration {
  readonly mode: string
  readonly bindAddress: string
  /** `address:port`; '' = no server. */
  readonly healthzBindAddress: string
  readonly metricsBindAddress: string
  readonly clusterCIDR: string
  readonly detectLocalMode: string
  readonly bridgeInterface: string
  readonly interfaceNamePrefix: string
  readonly nodePortAddresses: readonly string[]
  readonly hostnameOverride: string
  readonly masqueradeAll: boolean
  readonly masqueradeBit: number
  readonly localhostNodePorts: boolean
  readonly syncPeriod: SimTime
  readonly minSyncPeriod: SimTime
  readonly conntrack: {
    readonly maxPerCore: number
    readonly min: number
    readonly tcpEstablishedTimeout: SimTime
    readonly tcpCloseWaitTimeout: SimTime
    readonly tcpBeLiberal: boolean
  }
}

const BOOLEANS = [
  'masquerade-all',
  'iptables-localhost-nodeports',
  'cleanup',
  'version',
  'bind-address-hard-fail',
  'profiling',
]

/**
 * The configuration of a process: the file of `--config`, or else the flags; `--hostname-override` counts in both cases. The error is
 * what kube-proxy says before it exits.
 */
export function readConfiguration(ctx: Pick<Ctx, 'argv' | 'readFile'>): Result<Configuration, string> {
  const flags = goFlags(ctx.argv.slice(1), BOOLEANS)
  const path = flags.text('config', '')
  const source = path === '' ? ok(fromFlags(flags)) : readConfigFile(ctx, path)
  if (!source.ok) return err(`failed complete: ${source.error}`)
  const configuration = complete(source.value, flags)
  if (!configuration.ok) return err(`failed complete: ${configuration.error}`)
  const problem = validate(configuration.value)
  return problem === null ? configuration : err(`failed validate: ${problem}`)
}

function readConfigFile(ctx: Pick<Ctx, 'readFile'>, path: string): Result<YamlMap, string> {
  const text = ctx.readFile(path)
  if (text === null) return err(`open ${path}: no such file or directory`)
  const map = readYamlMap(text)
  if (!map.ok) return map
  const { kind, apiVersion = '' } = map.value
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return err("Object 'Kind' is missing")
  if (kind === 'KubeProxyConfiguration' && apiVersion === 'kubeproxy.config.k8s.io/v1alpha1') return map
  return err(
    `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/proxy/apis/config/scheme/scheme.go:31"`,
  )
}

/** The flags, as the fields of the file that they stand for. */
const fromFlags = (flags: GoFlags): YamlMap => ({
  mode: flags.text('proxy-mode', ''),
  bindAddress: flags.text('bind-address', '0.0.0.0'),
  healthzBindAddress: flags.text('healthz-bind-address', '0.0.0.0:10256'),
  metricsBindAddress: flags.text('metrics-bind-address', '127.0.0.1:10249'),
  clusterCIDR: flags.text('cluster-cidr', ''),
  detectLocalMode: flags.text('detect-local-mode', ''),
  detectLocal: {
    bridgeInterface: flags.text('pod-bridge-interface', ''),
    interfaceNamePrefix: flags.text('pod-interface-name-prefix', ''),
  },
  nodePortAddresses: flags
    .text('nodeport-addresses', '')
    .split(',')
    .filter((each) => each !== ''),
  iptables: {
    masqueradeAll: flags.flag('masquerade-all', false),
    masqueradeBit: flags.number('iptables-masquerade-bit', 14),
    localhostNodePorts: flags.flag('iptables-localhost-nodeports', true),
    syncPeriod: flags.text('iptables-sync-period', '30s'),
    minSyncPeriod: flags.text('iptables-min-sync-period', '1s'),
  },
})

function complete(map: YamlMap, flags: GoFlags): Result<Configuration, string> {
  const fields = new Fields()
  const iptables = fields.section(map, 'iptables')
  const conntrack = fields.section(map, 'conntrack')
  const detectLocal = fields.section(map, 'detectLocal')
  const configuration: Configuration = {
    mode: fields.text(map, 'mode', ''),
    bindAddress: fields.text(map, 'bindAddress', '') || '0.0.0.0',
    healthzBindAddress: fields.text(map, 'healthzBindAddress', '') || '0.0.0.0:10256',
    metricsBindAddress: fields.text(map, 'metricsBindAddress', '') || '127.0.0.1:10249',
    clusterCIDR: fields.text(map, 'clusterCIDR', ''),
    detectLocalMode: fields.text(map, 'detectLocalMode', '') || 'ClusterCIDR',
    bridgeInterface: fields.text(detectLocal, 'bridgeInterface', ''),
    interfaceNamePrefix: fields.text(detectLocal, 'interfaceNamePrefix', ''),
    nodePortAddresses: fields.texts(map, 'nodePortAddresses'),
    hostnameOverride: flags.text('hostname-override', fields.text(map, 'hostnameOverride', '')),
    masqueradeAll: fields.bool(iptables, 'masqueradeAll', false),
    masqueradeBit: fields.number(iptables, 'masqueradeBit', 14),
    localhostNodePorts: fields.bool(iptables, 'localhostNodePorts', true),
    // Zero is "not set", as Go's defaulting sees it: kubeadm writes 0s for both.
    syncPeriod: fields.duration(iptables, 'syncPeriod', 30 * SEC) || 30 * SEC,
    minSyncPeriod: fields.duration(iptables, 'minSyncPeriod', SEC) || SEC,
    conntrack: {
      maxPerCore: fields.number(conntrack, 'maxPerCore', 32 * 1024),
      min: fields.number(conntrack, 'min', 128 * 1024),
      tcpEstablishedTimeout: fields.duration(conntrack, 'tcpEstablishedTimeout', 86_400 * SEC),
      tcpCloseWaitTimeout: fields.duration(conntrack, 'tcpCloseWaitTimeout', 3600 * SEC),
      tcpBeLiberal: fields.bool(conntrack, 'tcpBeLiberal', false),
    },
  }
  return fields.problem === null ? ok(configuration) : err(fields.problem)
}

/** Reads fields of the wanted types; keeps the first complaint. */
class Fields {
  problem: string | null = null

  #wrong(map: YamlMap, key: string, type: string): void {
    const value = map[key]
    const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    this.problem ??= `json: cannot unmarshal ${kind} into Go struct field KubeProxyConfiguration.${key} of type ${type}`
  }

  section(map: YamlMap, key: string): YamlMap {
    const value = map[key]
    if (isMap(value)) return value
    if (value !== undefined && value !== null) this.#wrong(map, key, 'object')
    return {}
  }

  text(map: YamlMap, key: string, otherwise: string): string {
    const value = map[key]
    if (typeof value === 'string') return value
    if (value !== undefined && value !== null) this.#wrong(map, key, 'string')
    return otherwise
  }

  texts(map: YamlMap, key: string): readonly string[] {
    const value = map[key]
    if (value === undefined || value === null) return []
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
    this.#wrong(map, key, '[]string')
    return []
  }

  bool(map: YamlMap, key: string, otherwise: boolean): boolean {
    const value = map[key]
    if (typeof value === 'boolean') return value
    if (value !== undefined && value !== null) this.#wrong(map, key, 'bool')
    return otherwise
  }

  number(map: YamlMap, key: string, otherwise: number): number {
    const value = map[key]
    if (typeof value === 'number') return value
    if (value !== undefined && value !== null) this.#wrong(map, key, 'int32')
    return otherwise
  }

  duration(map: YamlMap, key: string, otherwise: SimTime): SimTime {
    const value = map[key]
    if (value === undefined || value === null) return otherwise
    const duration = typeof value === 'string' ? parseGoDuration(value) : null
    if (duration !== null) return duration
    if (typeof value === 'string') this.problem ??= `time: invalid duration ${JSON.stringify(value)}`
    else this.#wrong(map, key, 'string')
    return otherwise
  }
}

const MODES = ['iptables', 'ipvs', 'nftables']
const LOCAL_MODES = ['BridgeInterface', 'ClusterCIDR', 'InterfaceNamePrefix', 'NodeCIDR']

/** What pkg/proxy/apis/config/validation refuses, of the fields that are heeded. */
function validate(c: Configuration): string | null {
  const invalid = (field: string, value: string, why: string): string =>
    `KubeProxyConfiguration.${field}: Invalid value: ${JSON.stringify(value)}: ${why}`
  if (c.mode !== '' && !MODES.includes(c.mode)) {
    const known = `must be ${MODES.join(', ')} or blank (blank means the best-available proxy [currently iptables])`
    return invalid('ProxyMode', c.mode, known)
  }
  const cidrs = c.clusterCIDR.split(',').filter((each) => each !== '' && !each.includes(':'))
  if (cidrs.some((each) => !each.includes('/') || parseCidr(each) === null)) {
    return invalid(
      'ClusterCIDR',
      c.clusterCIDR,
      'must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dd1:d0b7::/48)',
    )
  }
  if (!LOCAL_MODES.includes(c.detectLocalMode)) {
    return invalid(
      'DetectLocalMode',
      c.detectLocalMode,
      `must be ${LOCAL_MODES.join(', ')} or blank (blank means the best-available mode)`,
    )
  }
  if (c.minSyncPeriod > c.syncPeriod)
    return `KubeProxyConfiguration.SyncPeriod: Invalid value: must be greater than or equal to MinSyncPeriod`
  if (c.masqueradeBit < 0 || c.masqueradeBit > 31) {
    return `KubeProxyConfiguration.IPTables.MasqueradeBit: Invalid value: ${c.masqueradeBit}: must be within the range [0, 31]`
  }
  return null
}
