import { formatCidr, network, parseCidr } from '../../../base/cidr.ts'
import { err, ok } from '../../../base/result.ts'
import {
  CNI_CODE,
  type CniCall,
  type CniConfig,
  type CniHost,
  type CniOutcome,
  type CniPlugin,
} from '../../contracts/cni.ts'
import { cniError } from '../../contracts/cni-runtime.ts'
import { NOTHING } from '../version.ts'
import { SUBNET_FILE, type SubnetEnv, readSubnetEnv } from './subnet-env.ts'

/**
 * flannel-io/cni-plugin: writes the configuration of another plugin (bridge, unless told otherwise) out of what flanneld left in
 * /run/flannel/subnet.env, and lets that one work.
 */
export const flannelPlugin: CniPlugin = { type: 'flannel', run }

const DATA_DIR = '/var/lib/cni/flannel'

function run(host: CniHost, call: CniCall): CniOutcome {
  if (call.verb === 'VERSION' || call.verb === 'CHECK') return NOTHING
  return call.verb === 'ADD' ? add(host, call) : remove(host, call)
}

const text = (config: CniConfig, key: string, otherwise: string): string =>
  typeof config[key] === 'string' ? config[key] : otherwise

const savedPath = (call: CniCall): string => `${text(call.config, 'dataDir', DATA_DIR)}/${call.containerId}`

function add(host: CniHost, call: CniCall): CniOutcome {
  const env = readSubnetEnv(host.files, host.machine, text(call.config, 'subnetFile', SUBNET_FILE))
  if (!env.ok) return cniError(call.config, CNI_CODE.internal, `loadFlannelSubnetEnv failed: ${env.error}`)
  const given = (call.config['delegate'] ?? {}) as { readonly [key: string]: unknown }
  const problem = delegateProblem(given)
  if (problem !== null) return cniError(call.config, CNI_CODE.internal, problem)
  const delegate = delegateConfig(call.config, given, env.value)
  host.files.write(host.machine, savedPath(call), sortedJson(delegate), host.subject)
  const done = host.exec({ ...call, config: withPrevious(delegate, call) })
  return done.ok ? done : err({ ...done.error, msg: `failed to delegate add: ${done.error.msg}` })
}

function delegateProblem(given: { readonly [key: string]: unknown }): string | null {
  if ('type' in given && typeof given['type'] !== 'string')
    return "'delegate' dictionary, if present, must have (string) 'type' field"
  if ('name' in given) return "'delegate' dictionary must not have 'name' field, it'll be set by flannel"
  if ('ipam' in given && typeof given['ipam'] !== 'object') return "'ipam' dictionary, if present, must be an object"
  return null
}

/** doCmdAdd of flannel_linux.go. What the configuration says itself is left alone. */
function delegateConfig(own: CniConfig, given: { readonly [key: string]: unknown }, env: SubnetEnv): CniConfig {
  const type = typeof given['type'] === 'string' ? given['type'] : 'bridge'
  const subnet = parseCidr(env.subnet)
  const range = subnet ? formatCidr({ addr: network(subnet), len: subnet.len }) : env.subnet
  return {
    ...given,
    type,
    name: own.name ?? '',
    ...(own.cniVersion !== undefined && { cniVersion: own.cniVersion }),
    ipMasq: given['ipMasq'] ?? !env.ipMasq,
    mtu: given['mtu'] ?? env.mtu,
    ...(type === 'bridge' && { isGateway: given['isGateway'] ?? true }),
    ipam: {
      type: 'host-local',
      ...(given['ipam'] as object | undefined),
      ranges: [[{ subnet: range }]],
      routes: [{ dst: env.network }],
    },
  }
}

const withPrevious = (delegate: CniConfig, call: CniCall): CniConfig =>
  call.config.runtimeConfig ? { ...delegate, runtimeConfig: call.config.runtimeConfig } : delegate

/** As Go's encoding/json writes a map: keys in order. */
const sortedJson = (value: CniConfig): string => {
  const keys = Object.keys(value).sort()
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, value[key]])))
}

function remove(host: CniHost, call: CniCall): CniOutcome {
  const saved = host.files.read(host.machine, savedPath(call))
  if (saved === null) return ok(null)
  host.files.remove(host.machine, savedPath(call))
  const done = host.exec({ ...call, config: JSON.parse(saved) as CniConfig })
  return done.ok ? done : err({ ...done.error, msg: `failed to delegate delete: ${done.error.msg}` })
}
