/** How tcpdump shows bytes: `-x` 16 a line, in words; `-X` the same with their text beside them; `-A` as text. */
export type BytesLook = 'hex' | 'hexText' | 'text'

/** Starts with a line break; none at the end. `data`: a binary string. */
export function bytesText(data: string, look: BytesLook): string {
  return look === 'text' ? `\n${asciiText(data)}` : hexDump(data, look === 'hexText')
}

const WIDTH_OF_WORDS = 39

/** 16 bytes a line, in words; `text`: with the characters beside them. */
export function hexDump(data: string, text: boolean): string {
  let out = ''
  for (let at = 0; at < data.length; at += 16) {
    const row = data.slice(at, at + 16)
    const words = hexText(row).replaceAll(/(.{4})(?=.)/g, '$1 ')
    const beside = text ? `${words.padEnd(WIDTH_OF_WORDS)}  ${row.replaceAll(/[^\x21-\x7e]/g, '.')}` : words
    out += `\n\t0x${at.toString(16).padStart(4, '0')}:  ${beside}`
  }
  return out
}

export const hexText = (data: string): string =>
  Array.from(data, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('')

/** A carriage return before a line feed is left out, and so is one at the end or before the last byte (print-ascii.c). */
const asciiText = (data: string): string => data.replaceAll(/\r(?=\n|.?$)/gs, '').replaceAll(/[^\t\n\x20-\x7e]/g, '.')

/** Control bytes as `^A`, bytes from 128 on as `M-` and the byte without its high bit. */
export function safeText(data: string): string {
  return Array.from(data, (char) => {
    const code = char.charCodeAt(0)
    const low = code & 127
    const plain = low >= 0x20 && low < 0x7f ? String.fromCharCode(low) : `^${String.fromCharCode(low ^ 0x40)}`
    return code < 128 ? plain : `M-${plain}`
  }).join('')
}
