import type { DeviceStatistics } from '../../core/explain/counters.ts'

/** The four lines of `ip -s` (ip/ipaddress.c print_stats64): columns grow with their numbers, receive and send alike. */
export function statisticsLines({ rx, tx }: DeviceStatistics): readonly string[] {
  const received = [rx.bytes, rx.packets, 0, rx.dropped, 0, rx.multicast]
  const sent = [tx.bytes, tx.packets, 0, tx.dropped, 0, 0]
  const least = [10, 7, 6, 7, 7, 7]
  const widths = least.map((width, i) => Math.max(width, String(received[i]).length, String(sent[i]).length))
  const header = (label: string, names: readonly string[]): string =>
    `    ${label}: ${names.map((name, i) => name.padStart(i === 0 ? widths[0]! - 4 : widths[i]!)).join(' ')}${' '.repeat(11)}`
  const numbers = (values: readonly number[]): string =>
    `    ${values.map((value, i) => `${String(value).padStart(widths[i]!)} `).join('')}`
  return [
    header('RX', ['bytes', 'packets', 'errors', 'dropped', 'missed', 'mcast']),
    numbers(received),
    header('TX', ['bytes', 'packets', 'errors', 'dropped', 'carrier', 'collsns']),
    numbers(sent),
  ]
}
