/** Domain names between their text form (types.ts `DnsName`) and labels of raw bytes (RFC 1035 sections 3.1, 5.1). */
import type { DnsName } from './types.ts'

/** Labels as binary strings, without the empty root label. `null`: a label over 63 bytes, empty, or over 255 in all. */
export function nameLabels(name: DnsName): string[] | null {
  if (name === '.') return []
  const labels: string[] = []
  let label = ''
  for (let i = 0; i < name.length; i++) {
    const char = name[i]!
    if (char === '.') {
      if (label === '' || label.length > 63) return null
      labels.push(label)
      label = ''
    } else if (char === '\\') {
      const escape = /^(?:\d{3}|[^\d])/.exec(name.slice(i + 1, i + 4))?.[0]
      const code = escape?.length === 3 ? Number(escape) : escape?.charCodeAt(0)
      if (escape === undefined || code === undefined || code > 255) return null
      label += String.fromCharCode(code)
      i += escape.length
    } else {
      if (char.charCodeAt(0) > 255) return null
      label += char
    }
  }
  const absolute = label === '' && labels.length > 0
  return absolute && nameWireLength(name) <= 255 ? labels : null
}

/** Is it an absolute name that fits the wire? */
export const isDnsName = (name: string): boolean => nameLabels(name) !== null

/** One label as text: what is special or unprintable is escaped. */
export function labelText(label: string): string {
  return label.replaceAll(/[^\x21-\x7e]|[.\\]/g, (char) => {
    if (char === '.' || char === '\\') return `\\${char}`
    return `\\${String(char.charCodeAt(0)).padStart(3, '0')}`
  })
}

export const labelsName = (labels: readonly string[]): DnsName =>
  labels.length === 0 ? '.' : `${labels.map(labelText).join('.')}.`

/** Bytes of the uncompressed name. Each label costs its length byte, and its dot in the text does not count: one more in all. */
export function nameWireLength(name: DnsName): number {
  if (name === '.') return 1
  let length = name.length + 1
  for (let i = 0; i < name.length; i++) {
    if (name.charCodeAt(i) !== 0x5c) continue
    const next = name.charCodeAt(i + 1)
    const escape = next >= 0x30 && next <= 0x39 ? 3 : 1
    length -= escape
    i += escape
  }
  return length
}
