import { describe, expect, it } from 'vitest'
import { FILTERS } from './filters.ts'
import { grep } from './grep.ts'
import type { Instant, InstantCommand } from './instant.ts'

const TEXT = 'one\ntwo (2)\nthree\nfour|five\nONE more\n'

/** The command on standard input, with two files besides. */
function run(command: InstantCommand, args: readonly string[]): Instant {
  const files: Readonly<Record<string, string>> = { '/a': TEXT, '/b': 'none\n' }
  const ctx = { stdin: TEXT, readFile: (path: string) => files[path] ?? null }
  return command(ctx as unknown as Parameters<InstantCommand>[0], args)
}

describe('grep', () => {
  it.each([
    [['one'], 'one\n'],
    [['-i', 'one'], 'one\nONE more\n'],
    [['-e', 'two', '-e', 'three'], 'two (2)\nthree\n'],
    [['one\\|two'], 'one\ntwo (2)\n'],
    [['-E', 'one|two'], 'one\ntwo (2)\n'],
    [['r|f'], 'four|five\n'],
    [['(2)'], 'two (2)\n'],
    [['-F', '(2)'], 'two (2)\n'],
    [['-n', 'e$'], '1:one\n3:three\n4:four|five\n5:ONE more\n'],
    [['-c', 'e$'], '4\n'],
    [['-v', 'e'], 'two (2)\n'],
    [['-o', 'f[a-z]*'], 'four\nfive\n'],
    [['-w', 'ON'], ''],
    [['-A1', 'two'], 'two (2)\nthree\n'],
    [['-B', '1', 'two'], 'one\ntwo (2)\n'],
    [['-n', '-C1', 'three'], '2-two (2)\n3:three\n4-four|five\n'],
    [['-A1', '-e', 'one', '-e', 'ONE'], 'one\ntwo (2)\n--\nONE more\n'],
    [['-m1', 'o'], 'one\n'],
    [['--color=auto', '--ignore-case', '--line-number', 'THREE'], '3:three\n'],
    [['one', '/a', '/b'], '/a:one\n/b:none\n'],
    [['-l', 'two', '/a', '/b'], '/a\n'],
    [['-h', 'one', '/a', '/b'], 'one\nnone\n'],
  ])('%j', (args, out) => {
    expect(run(grep, args).out).toBe(out)
  })

  it('says by its status whether there was a hit', () => {
    expect(run(grep, ['-q', 'one'])).toEqual({ code: 0 })
    expect(run(grep, ['nothing']).code).toBe(1)
    expect(run(grep, ['one', '/none'])).toMatchObject({ err: 'grep: /none: No such file or directory\n', code: 2 })
    expect(run(grep, ['-Z', 'one'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^grep: invalid option -- 'Z'\n/),
    })
  })
})

it('grep does not begin what might never end', () => {
  for (const args of [['\\(a\\+\\)\\+b'], ['-E', '(a|a)*b'], ['-E', '((a*))*b']])
    expect(run(grep, args)).toEqual({ err: 'grep: this expression is too complex for the lab\n', code: 2 })
  expect(run(grep, ['-F', '(a|a)*b']).code).toBe(1)
  expect(run(grep, ['-E', '(two|three) ?']).out).toBe('two (2)\nthree\n')
})

describe('filters', () => {
  it('refuse options that they do not have', () => {
    expect(run(FILTERS['sort']!, ['-k2'])).toEqual({
      err: "sort: invalid option -- 'k'\nTry 'sort --help' for more information.\n",
      code: 2,
    })
    expect(run(FILTERS['tail']!, ['-n', '+4'])).toEqual({ out: 'four|five\nONE more\n' })
  })
})
