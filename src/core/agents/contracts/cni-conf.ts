import { err, ok, type Result } from '../../base/result.ts'
import type { Files } from '../../kernel/files/files.ts'
import type { CniConfig, CniConfigList } from './cni.ts'
import { parseGoJson } from './go-json.ts'

export const CNI_CONF_DIR = '/etc/cni/net.d'

/** Files that libcni takes for configurations (ConfFiles with the extensions .conf, .conflist and .json). */
const CONF_FILE = /\/[^/]+\.(?:conf|conflist|json)$/

/**
 * The default network of a node: the lexically first configuration in /etc/cni/net.d. The error is the runtime's own:
 * `no networks found in /etc/cni/net.d`, or what is wrong with the file.
 */
export function readDefaultNetwork(files: Files, machine: string): Result<CniConfigList, string> {
  const depth = CNI_CONF_DIR.split('/').length
  const paths = files
    .list(machine, CNI_CONF_DIR)
    .filter((path) => CONF_FILE.test(path) && path.split('/').length === depth + 1)
  const path = paths[0]
  if (path === undefined) return err(`no networks found in ${CNI_CONF_DIR}`)
  return parseNetwork(path, files.read(machine, path) ?? '')
}

function parseNetwork(path: string, text: string): Result<CniConfigList, string> {
  const json = parseGoJson(text)
  if (!json.ok) return err(`error parsing configuration list: ${json.error}`)
  const isList = path.endsWith('.conflist')
  const plugins = isList ? json.value['plugins'] : [json.value]
  const name = json.value['name']
  if (typeof name !== 'string' || name === '') return err('error parsing configuration list: no name')
  if (!Array.isArray(plugins)) return err("error parsing configuration list: no 'plugins' key")
  if (plugins.length === 0) return err('error parsing configuration list: no plugins in list')
  if (!plugins.every(isPluginConfig))
    return err("error parsing configuration list: failed to parse plugin config: missing 'type'")
  const version = json.value['cniVersion']
  return ok({
    cniVersion: typeof version === 'string' ? version : '',
    name,
    disableCheck: json.value['disableCheck'] === true,
    plugins,
  })
}

const isPluginConfig = (value: unknown): value is CniConfig =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
