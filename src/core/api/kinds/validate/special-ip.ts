import { type Field, type FieldCause, complain, invalid } from '../field.ts'
import { ipAddress } from './names.ts'

const SPECIAL: readonly (readonly [RegExp, string])[] = [
  [/^(0\.0\.0\.0|::)$/, 'may not be unspecified (0.0.0.0 or ::)'],
  [/^(127\.|::1$)/, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [/^(169\.254\.|fe[89ab])/i, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [/^(224\.0\.0\.|ff.2:)/i, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
]

/** An address that other machines could reach: what external IPs and endpoints have to be (core validation.go ValidateNonSpecialIP). */
export function nonSpecialIp(ip: string, at: Field): FieldCause[] {
  const complaints = ipAddress(ip)
  if (complaints.length > 0) return complain(at, ip, complaints)
  return SPECIAL.filter(([range]) => range.test(ip)).map(([, detail]) => invalid(at, ip, detail))
}
