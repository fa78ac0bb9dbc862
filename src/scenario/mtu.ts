import type { Path } from './diagnostics.ts'
import { type Reader, present } from './reader.ts'

/** The least MTU that lets a VXLAN tunnel (50 bytes) carry what every IPv4 host must accept (576 bytes, RFC 791). */
const COMFORTABLE_MTU = 576 + 50
/** The least MTU of IPv4 (RFC 791) and the largest that fits its length field. */
const MIN_MTU = 68
const MAX_MTU = 65535

/** An MTU in bytes, 68 to 65535; small ones are warned about. */
export function readMtu(reader: Reader, path: Path, value: unknown, otherwise: number): number | null {
  if (!present(value)) return otherwise
  const mtu = reader.integer(path, value, MIN_MTU, MAX_MTU)
  if (mtu !== null && mtu < COMFORTABLE_MTU) reader.warn(path, 'mtu-small', { mtu })
  return mtu
}
