import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordLog } from './record-log.ts'

const op = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant('append' as const), n: fc.oneof(fc.nat(10), fc.nat(50_000)) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('read' as const), n: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('truncate' as const), n: fc.nat(60_000) }) },
)

function differsAt(log: RecordLog, model: readonly number[]): number {
  const { packet } = log.columns()
  return model.findIndex((value, i) => packet[i] !== value)
}

describe('the record log', () => {
  it('holds what was written, however often it is read and cut in between', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 10 }), (ops) => {
        const log = new RecordLog()
        const model: number[] = []
        let value = 0
        for (const { op: what, n } of ops) {
          if (what === 'truncate') {
            log.truncate(Math.min(n, model.length))
            model.length = log.length
          }
          for (let i = 0; what === 'append' && i < n; i++) {
            const at = log.next()
            log.chunk.packet[at] = ++value
            model.push(value)
          }
          if (what !== 'append') expect(differsAt(log, model)).toBe(-1)
        }
        expect(log.length).toBe(model.length)
        expect(differsAt(log, model)).toBe(-1)
      }),
      { numRuns: 60 },
    )
  })
})
