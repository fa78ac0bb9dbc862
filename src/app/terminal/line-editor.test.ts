import { describe, expect, it } from 'vitest'
import { EMPTY_LINE, commonStart, complete, endOf, insert, press, sent } from './line-editor.ts'

const type = (...keys: string[]) => keys.reduce((state, key) => press(state, key) ?? insert(state, key), EMPTY_LINE)

describe('the line of the terminal', () => {
  it('is written at the caret', () => {
    expect(type('a', 'c', '\x1b[D', 'b').text).toBe('abc')
    expect(type('ab', '\x7f', 'c').text).toBe('ac')
    expect(type('ab', '\x01', '\x1b[3~').text).toBe('b')
  })
  it('deletes words and to its ends', () => {
    expect(type('curl -s http://web', '\x17').text).toBe('curl -s ')
    expect(type('curl web', '\x01', '\x1b[C', '\x0b').text).toBe('c')
    expect(type('curl web', '\x1b[D', '\x15').text).toBe('b')
  })
  it('remembers what was sent and keeps the draft', () => {
    let state = sent(insert(EMPTY_LINE, 'ip a'))
    state = sent(insert(state, 'ip r'))
    state = insert(state, 'pi')
    state = press(press(state, '\x1b[A')!, '\x1b[A')!
    expect(state.text).toBe('ip a')
    state = press(state, '\x1b[A')!
    expect(state.text).toBe('ip a')
    state = press(press(state, '\x1b[B')!, '\x1b[B')!
    expect(state.text).toBe('pi')
  })
  it('does not remember nothing, nor the same twice', () => {
    const once = sent(insert(EMPTY_LINE, 'ip a'))
    expect(sent(insert(once, 'ip a')).history).toEqual(['ip a'])
    expect(sent(insert(once, '  ')).history).toEqual(['ip a'])
  })
  it('goes by characters, whatever they are made of', () => {
    expect(type('a🙂b', '\x1b[D', '\x7f').text).toBe('ab')
    expect(type('你🙂', '\x01', '\x1b[C', '\x1b[3~').text).toBe('你')
    expect(type('🙂', '\x1b[D', 'x').text).toBe('x🙂')
    expect(type('a', '\x01', '\x7f', '\x1b[D').caret).toBe(0)
  })
  it('knows where a text ends on the screen', () => {
    expect(endOf('', 4)).toEqual({ row: 0, column: 0 })
    expect(endOf('abcd', 4)).toEqual({ row: 0, column: 4 })
    expect(endOf('abcde', 4)).toEqual({ row: 1, column: 1 })
    expect(endOf('你好', 4)).toEqual({ row: 0, column: 4 })
    // What does not fit beside the first goes below it as a whole.
    expect(endOf('abc你', 4)).toEqual({ row: 1, column: 2 })
  })
  it('completes', () => {
    expect(complete(type('kubectl ge'), 8, 'get ').text).toBe('kubectl get ')
    expect(commonStart(['iptables', 'iptables-save'])).toBe('iptables')
    expect(commonStart(['ip', 'curl'])).toBe('')
    expect(commonStart([])).toBe('')
  })
})
