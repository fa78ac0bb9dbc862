import type { Path } from './diagnostics.ts'
import { readMtu } from './mtu.ts'
import { type Reader, at, get, present, shown } from './reader.ts'
import type { FabricSpec, LinkSpec } from './types.ts'
import { parseDuration, parseRate } from './values.ts'

type Plugged = Pick<FabricSpec, 'networks' | 'routers' | 'hosts'>

/** One entry of `spec.fabric.links`: `{between: [node1, rack1], delay: 200us, rate: 1Gbit, loss: 0.01, mtu: 1400}`. */
export function readLink(reader: Reader, path: Path, value: unknown, fabric: Plugged): LinkSpec | null {
  const map = reader.map(path, value, ['between', 'delay', 'rate', 'loss', 'mtu'])
  if (!map) return null
  const ends = readEnds(reader, at(map, 'between'), get(map, 'between'), fabric)
  const delay = readDuration(reader, at(map, 'delay'), get(map, 'delay'), 0)
  const rate = readRate(reader, at(map, 'rate'), get(map, 'rate'))
  const loss = readLoss(reader, at(map, 'loss'), get(map, 'loss'))
  const mtu = present(get(map, 'mtu')) ? readMtu(reader, at(map, 'mtu'), get(map, 'mtu'), 0) : null
  if (ends === null || delay === null || loss === null) return null
  return { ...ends, delay, rate, loss, mtu }
}

/** A span of virtual time, at most an hour. */
export function readDuration(reader: Reader, path: Path, value: unknown, otherwise: number): number | null {
  if (!present(value)) return otherwise
  if (value === 0) return 0
  const span = typeof value === 'string' ? parseDuration(value) : null
  if (span === null || span > 3600e9) {
    reader.error(path, 'duration-invalid', { found: shown(value) })
    return null
  }
  return span
}

function readRate(reader: Reader, path: Path, value: unknown): number | null {
  if (!present(value)) return null
  const rate = typeof value === 'string' ? parseRate(value) : null
  if (rate === null) reader.error(path, 'rate-invalid', { found: shown(value) })
  return rate
}

/** A share from 0 to 1, or a percentage as text. */
function readLoss(reader: Reader, path: Path, value: unknown): number | null {
  if (!present(value)) return 0
  const percent = typeof value === 'string' ? /^(\d{1,3}(?:\.\d{1,9})?)%$/.exec(value) : null
  const loss = percent ? Number(percent[1]) / 100 : value
  if (typeof loss !== 'number' || Number.isNaN(loss)) {
    reader.error(path, 'expected-number', { field: 'loss', found: shown(value) })
    return null
  }
  if (loss >= 0 && loss <= 1) return loss
  reader.error(path, 'out-of-range', { field: 'loss', min: 0, max: 1, found: shown(value) })
  return null
}

/** The two ends in either order: a machine and a network that it is plugged into. */
function readEnds(
  reader: Reader,
  path: Path,
  value: unknown,
  { networks, routers, hosts }: Plugged,
): { machine: string; network: string } | null {
  if (!Array.isArray(value) || value.length !== 2 || !value.every((end) => typeof end === 'string')) {
    reader.error(path, 'link-ends', {})
    return null
  }
  const ends = value as readonly string[]
  const machines = [...hosts, ...routers]
  const network = networks.find((candidate) => ends.includes(candidate.name))
  const machine = machines.find((candidate) => ends.includes(candidate.name))
  if (!network || !machine) {
    const known = new Set([...networks, ...machines].map((thing) => thing.name))
    const unknown = ends.findIndex((end) => !known.has(end))
    if (unknown < 0) reader.error(path, 'link-ends', {})
    else if (machine) reader.error([...path, unknown], 'network-unknown', { found: shown(ends[unknown]) })
    else reader.error([...path, unknown], 'machine-unknown', { found: shown(ends[unknown]) })
    return null
  }
  if (machine.interfaces.some((plug) => plug.network === network.name))
    return { machine: machine.name, network: network.name }
  reader.error(path, 'link-unplugged', { machine: machine.name, network: network.name })
  return null
}
