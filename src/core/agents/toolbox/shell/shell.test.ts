import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile, isUnfinished } from './compile.ts'
import { arithmetic, variable } from './expand.ts'
import { tokenize } from './tokenize.ts'

const SCOPE = { vars: { i: '4' }, env: {}, args: [], name: 'sh', status: 0, pid: 1, commands: [] }

it('has no variables but those that somebody set', () => {
  const names = ['__proto__', 'constructor', 'toString', 'i']
  expect(names.map((name) => variable(SCOPE, name))).toEqual(['', '', '', '4'])
})

describe('the shell’s grammar', () => {
  it('knows where each token stands', () => {
    const script = `curl "http://web" 2>/dev/null && echo 'a b'`
    const tokens = tokenize(script)
    if (!tokens.ok) throw new Error(tokens.error.message)
    expect(tokens.value.map((token) => script.slice(token.from, token.to))).toEqual([
      'curl',
      '"http://web"',
      '2>',
      '/dev/null',
      '&&',
      'echo',
      "'a b'",
    ])
  })

  it.each(['\u00a0', '\u2028', '\v', '\f'])('takes %j, which is no blank of POSIX, as part of a word', (space) => {
    const tokens = tokenize(`echo a${space}b`)
    if (!tokens.ok) throw new Error(tokens.error.message)
    expect(tokens.value).toHaveLength(2)
  })

  it.each([
    ['echo |', 'syntax error: unexpected end of file', 6, 6],
    ['; echo', null, 0, 0],
    ['do echo', 'syntax error: unexpected "do"', 0, 2],
    ['for 1 in a; do x; done', 'syntax error: unexpected "1"', 4, 5],
    ['while true; do x', 'syntax error: unexpected end of file', 16, 16],
    ['echo )', 'syntax error: unexpected ")"', 5, 6],
    ['echo `x', 'syntax error: unterminated quoted string', 5, 7],
    ['a && && b', 'syntax error: unexpected "&&"', 5, 7],
    ['x >', 'syntax error: unexpected end of file', 3, 3],
  ])('%s', (script, message, from, to) => {
    const compiled = compile(script)
    if (message === null) expect(compiled.ok).toBe(true)
    else expect(compiled).toMatchObject({ ok: false, error: { message, from, to } })
  })

  it.each([
    ['echo', false],
    ['echo "a', true],
    ['if true; then', true],
    ['cat <<END\na', true],
    ['cat <<END\na\nEND', false],
    ['a &&', true],
    ['a \\', true],
    ['a \\\\', false],
    ['a )', false],
    ['echo ${x', false],
  ])('%j asks for more: %s', (script, more) => {
    expect(isUnfinished(script)).toBe(more)
  })

  it('any text compiles or says what is wrong, and jumps stay inside', () => {
    const word = fc.constantFrom(
      'a',
      'if',
      'then',
      'fi',
      'while',
      'do',
      'done',
      'for',
      'in',
      '{',
      '}',
      '(',
      ')',
      ';',
      '&&',
      '||',
      '|',
      '&',
      '\n',
      '>',
      '2>&1',
      '<<E',
      'E',
      '"',
      "'",
      '$(',
      '$x',
      '!',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
          fc.string(),
        ),
        (script) => {
          const compiled = compile(script)
          if (!compiled.ok) return
          for (const instruction of compiled.value) {
            if (instruction.op === 'jump') expect(instruction.to).toBeLessThanOrEqual(compiled.value.length)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * -3', -9],
    ['i % 3', 1],
    ['$i / 0', 0],
    ['i == 4', 1],
  ])('$((%s)) is %d', (expression, value) => {
    expect(arithmetic(expression, SCOPE)).toBe(value)
  })
})
