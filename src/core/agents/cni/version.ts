import { ok } from '../../base/result.ts'
import type { CniIp, CniOutcome } from '../contracts/cni.ts'

/** Below 1.0.0 every address says its family. */
export const inVersion = (ip: CniIp, version: string | undefined): CniIp =>
  (version ?? '0.1.0').startsWith('0.') ? { version: '4', ...ip } : ip

export const NOTHING: CniOutcome = ok(null)
