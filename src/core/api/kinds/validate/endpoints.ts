import {
  type Field,
  type FieldCause,
  ROOT,
  append,
  child,
  complain,
  duplicate,
  inRange,
  index,
  invalid,
  notSupported,
  required,
} from '../field.ts'
import type { EndpointSlice, Endpoints } from '../types.ts'
import { PROTOCOLS } from './container.ts'
import { dns1123Label, dns1123Subdomain, isIpv4Text, isIpv6 } from './names.ts'
import { nonSpecialIp } from './special-ip.ts'

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']

/** discovery validation.go ValidateEndpointSlice. */
export function validateEndpointSlice(slice: EndpointSlice, old?: EndpointSlice): FieldCause[] {
  const out: FieldCause[] = []
  const type = child(ROOT, 'addressType')
  if (!slice.addressType) out.push(required(type))
  else if (!ADDRESS_TYPES.includes(slice.addressType)) out.push(notSupported(type, slice.addressType, ADDRESS_TYPES))
  if (old && old.addressType !== slice.addressType) out.push(invalid(type, slice.addressType, 'field is immutable'))
  ;(slice.endpoints ?? []).forEach((endpoint, i) => {
    const place = child(index(child(ROOT, 'endpoints'), i), 'addresses')
    if ((endpoint.addresses ?? []).length === 0) out.push(required(place, 'must contain at least 1 address'))
    ;(endpoint.addresses ?? []).forEach((address, n) =>
      append(out, validateAddress(slice.addressType, address, index(place, n))),
    )
  })
  const names = new Set<string>()
  ;(slice.ports ?? []).forEach((port, i) => {
    const place = index(child(ROOT, 'ports'), i)
    const name = port.name ?? ''
    if (name) append(out, complain(child(place, 'name'), name, dns1123Label(name)))
    if (names.has(name)) out.push(duplicate(child(place, 'name'), name))
    names.add(name)
    if (port.protocol && !PROTOCOLS.includes(port.protocol))
      out.push(notSupported(child(place, 'protocol'), port.protocol, PROTOCOLS))
    if (port.port !== undefined) append(out, inRange(child(place, 'port'), port.port, 1, 65535))
  })
  return out
}

function validateAddress(type: string, address: string, at: Field): FieldCause[] {
  if (type === 'FQDN') return complain(at, address, dns1123Subdomain(address))
  if (type === 'IPv4' && isIpv6(address)) return [invalid(at, address, 'must be an IPv4 address')]
  if (type === 'IPv6' && isIpv4Text(address)) return [invalid(at, address, 'must be an IPv6 address')]
  return nonSpecialIp(address, at)
}

export function validateEndpoints(endpoints: Endpoints): FieldCause[] {
  return (endpoints.subsets ?? []).flatMap((subset, s) => {
    const at = index(child(ROOT, 'subsets'), s)
    const addresses = subset.addresses ?? []
    const notReady = subset.notReadyAddresses ?? []
    const out: FieldCause[] = []
    if (addresses.length + notReady.length === 0)
      out.push(required(at, 'must specify `addresses` or `notReadyAddresses`'))
    addresses.forEach((address, i) =>
      append(out, nonSpecialIp(address.ip, child(index(child(at, 'addresses'), i), 'ip'))),
    )
    ;(subset.ports ?? []).forEach((port, i) => {
      const place = index(child(at, 'ports'), i)
      if ((subset.ports ?? []).length > 1 && !port.name) out.push(required(child(place, 'name')))
      append(out, inRange(child(place, 'port'), port.port ?? 0, 1, 65535))
    })
    return out
  })
}
