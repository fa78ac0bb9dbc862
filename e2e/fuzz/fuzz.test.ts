import { describe, expect, it } from 'vitest'
import { type Finding, attempt, fuzz } from './engine.ts'
import { keptSeeds } from './files.ts'
import { shellCommands } from './shell-lines.ts'
import { TARGETS } from './targets/all.ts'

/** Inputs that each parser is tried with, after those that once were findings. `run.ts` goes on for as long as one likes. */
const SHORT = { milliseconds: 3000, runs: 200 }

describe.each(TARGETS.map((target) => [target.name, target] as const))('%s', (name, target) => {
  it('survives what once was a finding, and some noise', async () => {
    const found: Finding[] = []
    // How long something takes is for `run.ts` to judge, on a machine that does nothing else.
    const watcher = { before: () => {}, found: (each: Finding) => void (each.kind === 'throws' && found.push(each)) }
    const nothing = { runs: 0, seconds: 0, kinds: 0, places: 0, corpus: 0, slowest: 0, largest: 0, memory: 0 }
    for (const seed of keptSeeds(name)) await attempt(target, seed, nothing, watcher)
    await fuzz(target, [], 20_260_301, SHORT, watcher)
    expect(found.map(({ what, stack, input }) => `${what}\n${stack}\n${JSON.stringify(input).slice(0, 400)}`)).toEqual(
      [],
    )
  })
})

describe('the reader of shell scripts', () => {
  const words = (script: string) => shellCommands(script).map((command) => command.words)

  it('sees what a shell would run', () => {
    expect(words(`a 'b; c' "d" # e\nf < "$g" # 'h\n`)).toEqual([
      ['a', 'b; c', 'd'],
      ['f', '<', '$g'],
    ])
    expect(words(`cat > "$file" <<'END'\ntouch x\nEND\ny`)).toEqual([['cat', '>', '$file'], ['y']])
    expect(words(`cat <<'END'\nE\0ND\ntouch x\nEND\n`)).toEqual([['cat'], ['touch', 'x'], ['END']])
    expect(shellCommands('a `b` $(c)')[0]?.expansions).toEqual(['`b', '`', '$'])
    expect(() => shellCommands("a 'b")).toThrow('quote')
    expect(() => shellCommands("a <<'END'\nb")).toThrow('here-document')
  })
})
