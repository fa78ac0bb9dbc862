import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPlace, parsePlace } from './place.ts'
import { firstDocumentEnd } from './split.ts'
import { formatDuration, isDomain, isLabelKey, isName, parseDuration, parseQuantity, parseRate } from './values.ts'

describe('values', () => {
  it('durations are nanoseconds', () => {
    expect(parseDuration('200us')).toBe(200_000)
    expect(parseDuration('200µs')).toBe(200_000)
    expect(parseDuration('1.204318s')).toBe(1_204_318_000)
    expect(parseDuration('1m30s')).toBe(90e9)
    expect(parseDuration('0')).toBe(0)
    for (const wrong of ['', '5', '-1s', '1.s', '.5s', 's', '1s ', '1d', '1e3s'])
      expect(parseDuration(wrong), wrong).toBeNull()
    fc.assert(
      fc.property(fc.nat({ max: 86_400e9 }), (ns) => {
        expect(parseDuration(formatDuration(ns))).toBe(ns)
      }),
    )
  })

  it('rates are bits per second', () => {
    expect(parseRate('1Gbit')).toBe(1e9)
    expect(parseRate('100Mbit')).toBe(1e8)
    expect(parseRate('2.5gbit/s')).toBe(2.5e9)
    expect(parseRate('64kbit')).toBe(64_000)
    for (const wrong of ['0Gbit', '1G', '', 'bit', '-1bit']) expect(parseRate(wrong), wrong).toBeNull()
  })

  it('quantities are those of Kubernetes', () => {
    expect(parseQuantity('500m')).toBe(0.5)
    expect(parseQuantity('8Gi')).toBe(8 * 2 ** 30)
    expect(parseQuantity('2')).toBe(2)
    expect(parseQuantity('2x')).toBeNull()
  })

  it('names are DNS labels', () => {
    for (const name of ['a', 'node-1', '0']) expect(isName(name)).toBe(true)
    for (const name of ['', '-a', 'a-', 'A', 'a.b', 'a'.repeat(64), 'toString']) expect(isName(name), name).toBe(false)
    expect(isDomain('cluster.local')).toBe(true)
    expect(isDomain('cluster.local.')).toBe(false)
    expect(isLabelKey('topology.kubernetes.io/zone')).toBe(true)
    expect(isLabelKey('/zone')).toBe(false)
  })
})

describe('places', () => {
  it('are read and written back', () => {
    const forms = [
      'node/node1',
      'host/laptop',
      'router/r1',
      'pod/default/client',
      'pod/default/client/nginx',
      'deploy/default/web',
      'ds/kube-system/kube-proxy',
      'sts/a/b',
      'rs/a/b',
      'job/a/b',
    ]
    for (const text of forms) expect(formatPlace(parsePlace(text)!)).toBe(text)
    expect(parsePlace('deployment/default/web')).toEqual(parsePlace('deploy/default/web'))
  })

  it('are refused in any other form', () => {
    for (const text of [
      '',
      'node',
      'node/',
      'pod/a',
      'pod/a/b/c/d',
      'svc/a/b',
      'constructor/a/b',
      'node/A',
      'pod//x',
      'host/<b>',
    ])
      expect(parsePlace(text), text).toBeNull()
  })
})

describe('the first document', () => {
  const second = (text: string): string => text.slice(firstDocumentEnd(text))
  it('ends at the next marker line', () => {
    expect(second('a: 1\n---\nb: 2\n')).toBe('---\nb: 2\n')
    expect(second('# hello\n---\na: 1\n--- # next\nb: 2')).toBe('--- # next\nb: 2')
    expect(second('a: |\n  text\n  ---\n  more\n---\nb: 2')).toBe('---\nb: 2')
    expect(second('a: 1\r\n---\r\nb: 2')).toBe('---\r\nb: 2')
    expect(second('a: 1\n----\n')).toBe('')
    expect(second('')).toBe('')
  })
})
