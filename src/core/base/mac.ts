/** A MAC address as an unsigned 48-bit integer (exact in a double): 0a:58:00:00:00:01 is 0x0a5800000001. */
export type Mac = number

export const MAC_ZERO: Mac = 0
export const MAC_BROADCAST: Mac = 0xffffffffffff

/** Six hex octets separated by colons. `null` when it is not one. */
export function parseMac(text: string): Mac | null {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return null
  return Number.parseInt(text.replaceAll(':', ''), 16)
}

/** As `parseMac`, for literals in our own code: throws on anything else. */
export function mac(text: string): Mac {
  const value = parseMac(text)
  if (value === null) throw new Error(`not a MAC address: ${text}`)
  return value
}

export function formatMac(value: Mac): string {
  const hex = value.toString(16).padStart(12, '0')
  return `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${hex.slice(10)}`
}

/** Bit 0 of the first octet: group address (IEEE 802, multicast or broadcast). */
export const isGroupMac = (value: Mac): boolean => (Math.floor(value / 0x10000000000) & 1) === 1

/** A locally administered unicast address out of 46 random bits (`hi` and `lo` are 32-bit draws). */
export function localMac(hi: number, lo: number): Mac {
  const first = ((hi >>> 8) & 0xfc) | 0x02
  return first * 0x10000000000 + (hi & 0xff) * 0x100000000 + (lo >>> 0)
}
