import {
  type Cidr,
  contains,
  formatCidr,
  lastAddress,
  network as networkAddress,
  parseCidr,
} from '../core/base/cidr.ts'
import { type Ipv4, formatIpv4, parseIpv4 } from '../core/base/ipv4.ts'
import { type Path, formatPath } from './diagnostics.ts'
import { type Reader, shown } from './reader.ts'
import type { NetworkSpec } from './types.ts'

/** Who has a name or an address already: the value's text → where it stands in the document. */
export type Taken = Map<string, string>

/** An IPv4 address. */
export function readAddress(reader: Reader, path: Path, value: unknown): Ipv4 | null {
  const text = reader.text(path, value)
  if (text === null) return null
  const address = parseIpv4(text)
  if (address === null) reader.error(path, 'address-invalid', { found: shown(text) })
  return address
}

/** An IPv4 prefix that must be written with its length and without host bits. */
export function readPrefix(reader: Reader, path: Path, value: unknown): Cidr | null {
  const text = reader.text(path, value)
  if (text === null) return null
  const prefix = text.includes('/') ? parseCidr(text) : null
  if (prefix === null) {
    reader.error(path, 'cidr-invalid', { found: shown(text) })
    return null
  }
  if (networkAddress(prefix) === prefix.addr) return prefix
  const clean = formatCidr({ addr: networkAddress(prefix), len: prefix.len })
  reader.error(path, 'cidr-host-bits', { found: text, network: clean })
  return null
}

/**
 * The address of an interface: inside its network, not the network's own or broadcast address, nobody else's. A prefix
 * length may be written after it; it must be the network's.
 */
export function readInterfaceAddress(
  reader: Reader,
  path: Path,
  value: unknown,
  network: NetworkSpec,
  taken: Taken,
): Ipv4 | null {
  const text = reader.text(path, value)
  if (text === null) return null
  const prefix = parseCidr(text)
  if (prefix === null) {
    reader.error(path, 'address-invalid', { found: shown(text) })
    return null
  }
  const cidr = formatCidr(network.cidr)
  if (text.includes('/') && prefix.len !== network.cidr.len) {
    reader.error(path, 'prefix-differs', { found: prefix.len, network: network.name, cidr })
    return null
  }
  return checkAddress(reader, path, prefix.addr, network, taken) ? prefix.addr : null
}

function checkAddress(reader: Reader, path: Path, address: Ipv4, network: NetworkSpec, taken: Taken): boolean {
  const cidr = formatCidr(network.cidr)
  const text = formatIpv4(address)
  if (!contains(network.cidr, address)) {
    reader.error(path, 'address-outside', { address: text, cidr, network: network.name })
    return false
  }
  if (address === networkAddress(network.cidr) || address === lastAddress(network.cidr)) {
    reader.error(path, 'address-reserved', { address: text, cidr })
    return false
  }
  const other = taken.get(text)
  if (other !== undefined) {
    reader.error(path, 'address-taken', { address: text, other })
    return false
  }
  taken.set(text, formatPath(path))
  return true
}

/** Reports a name that two things in the fabric share. */
export function claimName(reader: Reader, path: Path, name: string, taken: Taken): boolean {
  const other = taken.get(name)
  if (other !== undefined) {
    reader.error(path, 'name-taken', { name, other })
    return false
  }
  taken.set(name, formatPath(path))
  return true
}
