import { type Result, err, ok } from '../../base/result.ts'
import { SEC, type SimTime } from '../../base/time.ts'
import { type GoFlags } from '../contracts/go-flags.ts'
import { parseGoJson } from '../contracts/go-json.ts'
import { type YamlMap, parseSimpleYaml } from './simple-yaml.ts'

/** What kube-proxy takes from KubeProxyConfiguration (or its flags), with the defaults of v1alpha1. */
export interface ProxySettings {
  readonly mode: string
  readonly clusterCidr: string
  readonly detectLocalMode: string
  readonly bridgeInterface: string
  readonly interfaceNamePrefix: string
  readonly masqueradeAll: boolean
  readonly masqueradeBit: number
  readonly localhostNodePorts: boolean
  readonly nodePortAddresses: readonly string[] | null
  readonly minSyncPeriod: SimTime
  readonly syncPeriod: SimTime
  readonly healthzPort: number
  readonly conntrackMaxPerCore: number
  readonly conntrackMin: number
  readonly tcpEstablishedTimeout: SimTime
  readonly tcpCloseWaitTimeout: SimTime
}

const DEFAULT_HEALTHZ = 10256

/** The settings of a configuration file's text; with `null`, those of the flags alone. The error is kube-proxy's. */
export function readSettings(text: string | null, flags: GoFlags): Result<ProxySettings, string> {
  const read: Result<YamlMap, string> = text === null ? ok({}) : text.trimStart().startsWith('{') ? asMap(text) : parseSimpleYaml(text)
  if (!read.ok) return read
  const config = read.value
  const kind = config['kind']
  if (text !== null && kind !== 'KubeProxyConfiguration') {
    return err(`no kind "${String(kind ?? '')}" is registered for version "${String(config['apiVersion'] ?? '')}"`)
  }
  return settingsOf(config, flags)
}

const asMap = (text: string): Result<YamlMap, string> => parseGoJson(text) as Result<YamlMap, string>

function settingsOf(config: YamlMap, flags: GoFlags): Result<ProxySettings, string> {
  const iptables = section(config, 'iptables')
  const conntrack = section(config, 'conntrack')
  const detect = section(config, 'detectLocal')
  const durations = {
    minSyncPeriod: duration(iptables['minSyncPeriod'], SEC),
    syncPeriod: duration(iptables['syncPeriod'], 30 * SEC),
    tcpEstablishedTimeout: duration(conntrack['tcpEstablishedTimeout'], 86400 * SEC),
    tcpCloseWaitTimeout: duration(conntrack['tcpCloseWaitTimeout'], 3600 * SEC),
  }
  const wrong = Object.values(durations).includes(-1)
  if (wrong) return err('time: invalid duration')
  const addresses = config['nodePortAddresses']
  return ok({
    ...durations,
    mode: flags.text('proxy-mode', text(config['mode'])),
    clusterCidr: flags.text('cluster-cidr', text(config['clusterCIDR'])),
    detectLocalMode: flags.text('detect-local-mode', text(config['detectLocalMode'])),
    bridgeInterface: text(detect['bridgeInterface']),
    interfaceNamePrefix: text(detect['interfaceNamePrefix']),
    masqueradeAll: flags.flag('masquerade-all', iptables['masqueradeAll'] === true),
    masqueradeBit: number(iptables['masqueradeBit'], 14),
    localhostNodePorts: iptables['localhostNodePorts'] !== false,
    nodePortAddresses: Array.isArray(addresses) ? addresses.map(text) : null,
    healthzPort: portOf(text(config['healthzBindAddress']), DEFAULT_HEALTHZ),
    conntrackMaxPerCore: number(conntrack['maxPerCore'], 32768),
    conntrackMin: number(conntrack['min'], 131072),
  })
}

function section(config: YamlMap, key: string): YamlMap {
  const value = config[key]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as YamlMap) : {}
}

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise)
const portOf = (address: string, otherwise: number): number => Number(/:(\d+)$/.exec(address)?.[1] ?? otherwise)

const UNITS: Readonly<Record<string, SimTime>> = { h: 3600 * SEC, m: 60 * SEC, s: SEC, ms: SEC / 1000, us: SEC / 1_000_000, ns: 1 }

/** time.ParseDuration; 0 and absent mean the default, -1 that it is none. */
function duration(value: unknown, otherwise: SimTime): SimTime {
  if (value === undefined || value === null || value === 0 || value === '') return otherwise
  const whole = String(value)
  const parts = [...whole.matchAll(/(\d+(?:\.\d+)?)(ms|us|ns|h|m|s)/g)]
  if (parts.map((part) => part[0]).join('') !== whole) return -1
  const total = parts.reduce((sum, part) => sum + Number(part[1]) * UNITS[part[2]!]!, 0)
  return total === 0 ? otherwise : total
}
