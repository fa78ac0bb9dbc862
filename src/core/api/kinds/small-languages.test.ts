import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rollingBounds, scaledValue } from './int-or-string.ts'
import { canonicalQuantity, formatQuantity, milliValue, parseQuantity, unitValue } from './quantity.ts'
import { formatSelector, matchesSelector, parseSelector } from './selector.ts'
import { dns1123Label, isIpv6, portName, qualifiedName } from './validate/names.ts'

describe('quantities', () => {
  it.each([
    ['100m', '100m'],
    ['0.1', '100m'],
    ['1000m', '1'],
    ['1024Mi', '1Gi'],
    ['170Mi', '170Mi'],
    ['1500Mi', '1500Mi'],
    ['0.5Gi', '512Mi'],
    ['1e3', '1e3'],
    ['12e6', '12e6'],
    ['1000k', '1M'],
    ['0', '0'],
    ['.5', '500m'],
    ['5.', '5'],
    ['-1', '-1'],
    ['100Ei', '100Ei'],
  ])('writes %s as %s', (text, canonical) => expect(canonicalQuantity(text)).toBe(canonical))
  it.each(['', '.', '1 Mi', '10MB', '1K', 'x', '1e', '--1'])('refuses %j', (text) =>
    expect(parseQuantity(text)).toBeNull(),
  )
  it('gives milli-units and whole units, rounded up', () => {
    expect(milliValue('250m')).toBe(250)
    expect(milliValue(2)).toBe(2000)
    expect(unitValue('1Ki')).toBe(1024)
    expect(unitValue('100m')).toBe(1)
    expect(milliValue(undefined)).toBe(0)
  })
  it('parse(format(x)) = x', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3')
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), suffix, (n, unit) => {
        const quantity = parseQuantity(`${n}${unit}`)!
        expect(parseQuantity(formatQuantity(quantity))!.milli).toBe(quantity.milli)
      }),
    )
  })
})

describe('percentages', () => {
  it('rounds surge up and unavailability down (facts: 10 → 3/2, 4 → 1/1, 3 → 1/0, 1 → 1/0)', () => {
    const quarter = { maxSurge: '25%', maxUnavailable: '25%' }
    expect([10, 4, 3, 1].map((n) => rollingBounds(quarter, n))).toEqual([
      { surge: 3, unavailable: 2 },
      { surge: 1, unavailable: 1 },
      { surge: 1, unavailable: 0 },
      { surge: 1, unavailable: 0 },
    ])
    expect(rollingBounds({ maxSurge: 0, maxUnavailable: '10%' }, 3)).toEqual({ surge: 0, unavailable: 1 })
    expect(scaledValue(2, 100, 'up')).toBe(2)
  })
})

describe('selectors', () => {
  const labels = { app: 'web', tier: 'front' }
  it.each([
    ['app=web', true],
    ['app==web,tier!=back', true],
    ['app in (web, api),!gone', true],
    ['tier notin (front)', false],
    ['gone', false],
    ['gone!=x', true],
  ])('%s: %s', (text, matches) => {
    const selector = parseSelector(text)
    expect(selector.ok && matchesSelector(selector.value, labels)).toBe(matches)
  })
  it('refuses what is not a selector', () => {
    expect(parseSelector('a=b=c').ok).toBe(false)
    expect(parseSelector('(').ok).toBe(false)
  })
  it('matches nothing without a selector, everything with an empty one', () => {
    expect(matchesSelector(undefined, labels)).toBe(false)
    expect(matchesSelector({}, undefined)).toBe(true)
    expect(matchesSelector({ matchLabels: { constructor: 'x' } }, {})).toBe(false)
  })
  it('prints as kubectl does', () => {
    expect(formatSelector({ matchLabels: { b: '1', a: '2' } })).toBe('a=2,b=1')
    expect(
      formatSelector({
        matchExpressions: [
          { key: 'k', operator: 'NotIn', values: ['y', 'x'] },
          { key: 'e', operator: 'Exists' },
        ],
      }),
    ).toBe('e,k notin (x,y)')
    expect(formatSelector({})).toBe('<none>')
  })
})

describe('names', () => {
  it('tells dots from other faults', () => {
    expect(dns1123Label('a.b')).toEqual(['must not contain dots'])
    expect(dns1123Label('x'.repeat(64))).toEqual(['must be no more than 63 characters'])
    expect(portName('a--b-very-long-name')).toEqual([
      'must be no more than 15 characters',
      'must not contain consecutive hyphens',
    ])
    expect(qualifiedName('/x')).toEqual(['prefix part must be non-empty'])
    expect(qualifiedName('example.com/a.b')).toEqual([])
  })
  it.each(['::', '::1', 'fe80::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4'])('%s is IPv6', (text) =>
    expect(isIpv6(text)).toBe(true),
  )
  it.each(['1.2.3.4', ':', '1::2::3', '1:2:3:4:5:6:7', '12345::'])('%s is not', (text) =>
    expect(isIpv6(text)).toBe(false),
  )
})
