import { describe, expect, it } from 'vitest'
import { english, translation } from './catalogue.ts'
import { THIN, createFormatters } from './format.ts'
import { createI18n, pickLang } from './i18n.ts'

const en = createI18n('en')
const zh = createI18n('zh')

describe('texts', () => {
  it('fills holes in both languages', () => {
    expect(en.t('errors.field-missing', { field: 'spec.seed' })).toBe('spec.seed is missing.')
    expect(zh.t('errors.field-missing', { field: 'spec.seed' })).toBe('缺少 spec.seed。')
  })

  it('counts by the rules of the language', () => {
    expect(en.t('labs.machines', { n: 1 })).toBe('1 machine')
    expect(en.t('labs.machines', { n: 1000 })).toBe('1,000 machines')
    expect(zh.t('labs.machines', { n: 1 })).toBe('1 台机器')
  })

  it('shows a key that data made up as itself, also a hostile one', () => {
    expect(en.text('errors.no-such-code')).toBe('errors.no-such-code')
    expect(en.text('__proto__.toString')).toBe('__proto__.toString')
    expect(en.text('errors.constructor')).toBe('errors.constructor')
    expect(en.has('errors.field-missing')).toBe(true)
    expect(en.has('errors.toString')).toBe(false)
  })

  it('does not read parameters off the prototype or inside a parameter', () => {
    expect(en.text('errors.field-missing', {})).toBe('{field} is missing.')
    expect(en.text('errors.field-missing', { field: '{toString}' })).toBe('{toString} is missing.')
  })

  it('chooses the language of the first tag it has', () => {
    expect(pickLang(['fr-FR', 'zh-TW', 'en'])).toBe('zh')
    expect(pickLang(['de', 'en-GB'])).toBe('en')
    expect(pickLang([])).toBe('en')
  })

  it('fails to compile where a key or a parameter is wrong', () => {
    // @ts-expect-error the parameter is missing
    en.t('errors.field-missing')
    // @ts-expect-error no such parameter
    en.t('errors.field-missing', { name: 'x' })
    // @ts-expect-error no such key
    en.t('errors.nothing')
    const source = english({ a: 'from {x}', b: { one: '{n} day', other: '{n} days' } })
    translation(source)({ a: '从 {x}', b: { other: '{n} 天' } })
    // @ts-expect-error b is missing
    translation(source)({ a: '从 {x}' })
    // @ts-expect-error {y} is not a parameter of the English text
    translation(source)({ a: '从 {y}', b: { other: '{n} 天' } })
    // @ts-expect-error {x} is not used
    translation(source)({ a: '从', b: { other: '{n} 天' } })
    // @ts-expect-error c is not an English key
    translation(source)({ a: '从 {x}', b: { other: '{n} 天' }, c: '多余' })
  })
})

describe('formats', () => {
  const f = createFormatters('en')
  const shown = (text: string): string => text.replaceAll(THIN, '_')

  it('writes a moment with grouped decimals', () => {
    expect(shown(f.time(1_204_318_000))).toBe('1.204_318_s')
    expect(shown(f.time(1_204_318_999))).toBe('1.204_318_s')
    expect(shown(f.time(0))).toBe('0.000_000_s')
    expect(shown(f.time(1234_000_000_001, 9))).toBe('1,234.000_000_001_s')
    expect(shown(f.time(5_000_000_000, 0))).toBe('5_s')
  })

  it('writes a span in its natural unit', () => {
    expect(shown(f.duration(0))).toBe('0_s')
    expect(shown(f.duration(200_000))).toBe('200_µs')
    expect(shown(f.duration(1_500_000))).toBe('1.5_ms')
    expect(shown(f.duration(125_000_000_000))).toBe('2_min 5_s')
    expect(shown(f.duration(120_000_000_000))).toBe('2_min')
  })

  it('writes bytes, rates and shares', () => {
    expect(shown(f.bytes(900))).toBe('900_B')
    expect(shown(f.bytes(1450))).toBe('1.4_KiB')
    expect(shown(f.rate(1e9))).toBe('1_Gbit/s')
    expect(shown(f.percent(0.005))).toBe('0.5_%')
  })
})
