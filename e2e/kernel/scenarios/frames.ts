const hex = (n: number, bytes: number): string => n.toString(16).padStart(bytes * 2, '0')
const address = (ip: string): string =>
  ip
    .split('.')
    .map((part) => hex(Number(part), 1))
    .join('')

/** The Internet checksum of bytes in hex (RFC 1071). */
function checksum(text: string): string {
  let total = 0
  for (let i = 0; i < text.length; i += 4) total += Number.parseInt(text.slice(i, i + 4).padEnd(4, '0'), 16)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  return hex(~total & 0xffff, 2)
}

/** An echo request, id 4000 and sequence number 1, with so many bytes of payload, without its IP header. */
function echo(bytes: number): string {
  const message = (check: string): string => `0800${check}0fa00001${'61'.repeat(bytes)}`
  return message(checksum(message('0000')))
}

function frame(dst: string, src: string, from: string, to: string, word: string, payload: string): string {
  const head = (check: string): string =>
    `4500${hex(20 + payload.length / 2, 2)}${word}4001${check}${address(from)}${address(to)}`
  return `${dst.replaceAll(':', '')}${src.replaceAll(':', '')}0800${head(checksum(head('0000')))}${payload}`
}

/** An echo request as a frame. */
export const echoFrame = (dst: string, src: string, from: string, to: string): string =>
  frame(dst, src, from, to, '00004000', echo(16))

/** A piece of an echo request of 48 bytes: `length` bytes from `offset` on, `more` to follow. */
export const pieceFrame = (
  [dst, src]: readonly [string, string],
  [from, to]: readonly [string, string],
  id: number,
  [offset, length, more]: readonly [number, number, boolean],
): string =>
  frame(
    dst,
    src,
    from,
    to,
    hex(id, 2) + hex((more ? 0x2000 : 0) | (offset / 8), 2),
    echo(40).slice(offset * 2, (offset + length) * 2),
  )
