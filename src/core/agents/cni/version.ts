import { ok } from '../../base/result.ts'
import { type CniConfig, type CniIp, type CniOutcome, CNI_CODE } from '../contracts/cni.ts'
import { cniError } from '../contracts/cni-runtime.ts'

/** The versions that the plugins of containernetworking/plugins 1.9 speak. */
export const SUPPORTED_VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const

/** `null` when the configuration's version is one that the plugin speaks. */
export function refuseVersion(config: CniConfig): CniOutcome | null {
  const version = config.cniVersion ?? '0.1.0'
  if ((SUPPORTED_VERSIONS as readonly string[]).includes(version)) return null
  const details = `config is "${version}", plugin supports ${JSON.stringify(SUPPORTED_VERSIONS)}`
  return cniError(config, CNI_CODE.incompatibleVersion, 'incompatible CNI versions', details)
}

/** Below 1.0.0 every address says its family. */
export const inVersion = (ip: CniIp, version: string | undefined): CniIp =>
  (version ?? '0.1.0').startsWith('0.') ? { version: '4', ...ip } : ip

export const NOTHING: CniOutcome = ok(null)
