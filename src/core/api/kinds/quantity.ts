/**
 * Quantities: `100m`, `170Mi`, `1e3`, `0.5` (k8s.io/apimachinery/pkg/api/resource). A quantity is kept as an integer count
 * of milli-units, so that CPU shares and bytes share one exact type: 1 CPU is 1000, 1Ki is 1_024_000.
 */
export type MilliUnits = bigint

export type QuantityFormat = 'binary' | 'decimal' | 'exponent'

export interface Quantity {
  readonly milli: MilliUnits
  readonly format: QuantityFormat
}

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,2})?$/

/** The API server's words for text that is not a quantity. */
export const QUANTITY_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** Reads a quantity; fractions below one milli-unit round up. `null` when it is not one. */
export function parseQuantity(text: string | number): Quantity | null {
  const match = SHAPE.exec(String(text))
  if (!match) return null
  const [, sign, whole = '', fraction = '', suffix = ''] = match
  if (whole === '' && fraction === '') return null
  const digits = BigInt(whole + fraction)
  const scale = scaleOf(suffix)
  // value in milli = digits × factor × 10^(power + 3) / 10^fraction.length
  const power = scale.power + 3 - fraction.length
  const magnitude = scale.factor * digits
  const milli = power >= 0 ? magnitude * 10n ** BigInt(power) : roundUp(magnitude, 10n ** BigInt(-power))
  return { milli: sign === '-' ? -milli : milli, format: scale.format }
}

function scaleOf(suffix: string): { factor: bigint; power: number; format: QuantityFormat } {
  const binary = BINARY.indexOf(suffix)
  if (binary > 0) return { factor: 1n << BigInt(10 * binary), power: 0, format: 'binary' }
  const decimal = DECIMAL.indexOf(suffix)
  if (decimal >= 0) return { factor: 1n, power: (decimal - 3) * 3, format: 'decimal' }
  return { factor: 1n, power: Number(suffix.slice(1)), format: 'exponent' }
}

const roundUp = (value: bigint, divisor: bigint): bigint => (value + divisor - 1n) / divisor

/** The canonical text: the largest suffix that needs no fraction, as the API server stores it (`1024Mi` → `1Gi`, `0.5` → `500m`). */
export function formatQuantity(quantity: Quantity): string {
  const { milli } = quantity
  if (milli === 0n) return '0'
  if (quantity.format === 'binary' && milli % 1000n === 0n && (milli >= 1_024_000n || milli <= -1_024_000n)) {
    let value = milli / 1000n
    let step = 0
    while (step + 1 < BINARY.length && value % 1024n === 0n) {
      value /= 1024n
      step++
    }
    return `${value}${BINARY[step]}`
  }
  let value = milli
  let step = DECIMAL.indexOf('m')
  while (step + 1 < DECIMAL.length && value % 1000n === 0n) {
    value /= 1000n
    step++
  }
  if (quantity.format === 'exponent') return step === 3 ? `${value}` : `${value}e${(step - 3) * 3}`
  return `${value}${DECIMAL[step]}`
}

/** Milli-units as a number, for the scheduler's sums: 100m CPU is 100. Absent or unreadable counts as 0. */
export function milliValue(text: string | number | undefined): number {
  const quantity = text === undefined ? null : parseQuantity(text)
  return quantity ? Number(quantity.milli) : 0
}

/** Whole units, rounded up as the API's `Value()` does: bytes of memory, a count of pods. */
export const unitValue = (text: string | number | undefined): number => Math.ceil(milliValue(text) / 1000)

/** The text in canonical form, or as it is when it is not a quantity. */
export function canonicalQuantity(text: string | number): string {
  const quantity = parseQuantity(text)
  return quantity ? formatQuantity(quantity) : String(text)
}
