import { err, ok } from '../../base/result.ts'
import {
  CNI_CODE,
  type CniCall,
  type CniConfig,
  type CniConfigList,
  type CniError,
  type CniHost,
  type CniOutcome,
  type CniPlugin,
  type CniResult,
  type PortMapping,
} from './cni.ts'

export const CNI_PATH = ['/opt/cni/bin'] as const
const RESULTS = '/var/lib/cni/results'

/** What a runtime knows of an attachment: the environment variables of the calls. */
export interface Attachment {
  readonly containerId: string
  readonly netns: number
  readonly netnsPath: string
  readonly ifname: string
  readonly args: Readonly<Record<string, string>>
  readonly portMappings?: readonly PortMapping[]
}

/** Finds the binary and runs it: the plugin of its name. */
export function execPlugin(plugins: readonly CniPlugin[], host: CniHost, call: CniCall): CniOutcome {
  const { type } = call.config
  const missing = !call.path.some((directory) => host.files.read(host.machine, `${directory}/${type}`) !== null)
  const plugin = plugins.find((candidate) => candidate.type === type)
  if (missing)
    return cniError(call.config, CNI_CODE.internal, `failed to find plugin "${type}" in path [${call.path.join(' ')}]`)
  if (!plugin) return cniError(call.config, CNI_CODE.internal, `plugin "${type}" is not modelled`)
  return plugin.run(host, call)
}

export const cniError = (
  config: Pick<CniConfig, 'cniVersion'>,
  code: number,
  msg: string,
  details?: string,
): CniOutcome => err({ cniVersion: config.cniVersion ?? '', code, msg, ...(details !== undefined && { details }) })

/** libcni AddNetworkList: the plugins in order, each with the result of the one before. The last result is kept in a file for DEL. */
export function addNetworkList(host: CniHost, list: CniConfigList, at: Attachment): CniOutcome {
  let result: CniResult | undefined
  for (const plugin of list.plugins) {
    const done = host.exec(callOf('ADD', at, derive(list, plugin, at, result)))
    if (!done.ok) return err({ ...done.error, msg: failureText(plugin.type, 'add', done.error) })
    result = done.value ?? undefined
  }
  if (!result) return ok(null)
  const { containerId, ifname: ifName } = at
  const kept: CachedAttachment = {
    kind: 'cniCacheV1',
    containerId,
    config: list,
    ifName,
    networkName: list.name,
    result,
  }
  host.files.write(host.machine, cachePath(list, at), JSON.stringify(kept), host.subject)
  return ok(result)
}

/** What libcni keeps of an attachment, so that DEL works as ADD did even when the configuration has changed. */
interface CachedAttachment {
  readonly kind: 'cniCacheV1'
  readonly containerId: string
  readonly config: CniConfigList
  readonly ifName: string
  readonly networkName: string
  readonly result: CniResult
}

function readCached(host: CniHost, path: string): CachedAttachment | null {
  const text = host.files.read(host.machine, path)
  return text === null ? null : (JSON.parse(text) as CachedAttachment)
}

/** The network that a container was attached to; `null` when it is not. */
export function cachedNetwork(host: CniHost, at: Pick<Attachment, 'containerId' | 'ifname'>): CniConfigList | null {
  const end = `-${at.containerId}-${at.ifname}`
  const path = host.files.list(host.machine, RESULTS).find((candidate) => candidate.endsWith(end))
  return path === undefined ? null : (readCached(host, path)?.config ?? null)
}

/** libcni DelNetworkList: in reverse order, all with the final result of ADD. */
export function delNetworkList(host: CniHost, list: CniConfigList, at: Attachment): CniOutcome {
  const path = cachePath(list, at)
  const previous = readCached(host, path)?.result
  for (const plugin of [...list.plugins].reverse()) {
    const done = host.exec(callOf('DEL', at, derive(list, plugin, at, previous)))
    if (!done.ok) return err({ ...done.error, msg: failureText(plugin.type, 'delete', done.error) })
  }
  host.files.remove(host.machine, path)
  return ok(null)
}

/** libcni CheckNetworkList. */
export function checkNetworkList(host: CniHost, list: CniConfigList, at: Attachment): CniOutcome {
  if (list.disableCheck) return ok(null)
  const previous = readCached(host, cachePath(list, at))?.result
  for (const plugin of list.plugins) {
    const done = host.exec(callOf('CHECK', at, derive(list, plugin, at, previous)))
    if (!done.ok) return err({ ...done.error, msg: failureText(plugin.type, 'check', done.error) })
  }
  return ok(null)
}

const failureText = (type: string, verb: string, error: CniError): string =>
  error.code === CNI_CODE.internal && error.msg.startsWith('failed to find plugin')
    ? error.msg
    : `plugin type="${type}" failed (${verb}): ${error.msg}`

const cachePath = (list: CniConfigList, at: Attachment): string =>
  `${RESULTS}/${list.name}-${at.containerId}-${at.ifname}`

export const callOf = (verb: CniCall['verb'], at: Attachment, config: CniConfig): CniCall => ({
  verb,
  containerId: at.containerId,
  netns: at.netns,
  netnsPath: at.netnsPath,
  ifname: at.ifname,
  args: at.args,
  path: CNI_PATH,
  config,
})

/** SPEC section 3, "Deriving runtime configuration": name and version of the list, declared capabilities, the previous result. */
function derive(list: CniConfigList, plugin: CniConfig, at: Attachment, prevResult: CniResult | undefined): CniConfig {
  const { capabilities, ...own } = plugin
  const wantsPorts = (capabilities as { portMappings?: unknown } | undefined)?.portMappings === true
  return {
    ...own,
    type: plugin.type,
    cniVersion: list.cniVersion,
    name: list.name,
    ...(wantsPorts && at.portMappings?.length && { runtimeConfig: { portMappings: at.portMappings } }),
    ...(prevResult && { prevResult }),
  }
}
