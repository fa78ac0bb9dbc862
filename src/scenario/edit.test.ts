import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { loadHeader } from './document.ts'
import { appendScript, removeIn, setCursor, setIn, setPosition } from './edit.ts'
import { firstDocumentEnd } from './split.ts'

const LABS = new URL('../../public/labs/', import.meta.url)
const labs = readdirSync(LABS)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => readFileSync(new URL(file, LABS), 'utf8'))
const DEFAULT = readFileSync(new URL('flannel-vxlan.yaml', LABS), 'utf8')

/** The lines of `after` that are not in `before`, and the other way round. */
function changed(before: string, after: string): { added: string[]; removed: string[] } {
  const [a, b] = [before.split('\n'), after.split('\n')]
  return { added: b.filter((line) => !a.includes(line)), removed: a.filter((line) => !b.includes(line)) }
}

describe('edits change their own lines and no others', () => {
  it('a first position makes the view, a second one joins it, a third one replaces', () => {
    const one = setPosition(DEFAULT, 'host/node1', { x: 10.4, y: -20.6 })!
    expect(changed(DEFAULT, one)).toEqual({
      added: ['  view:', '    positions:', '      host/node1: {x: 10, y: -21}'],
      removed: [],
    })
    const two = setPosition(one, 'network/rack1', { x: 1, y: 2 })!
    expect(changed(one, two)).toEqual({ added: ['      network/rack1: {x: 1, y: 2}'], removed: [] })
    const three = setPosition(two, 'host/node1', { x: 0, y: 0 })!
    expect(changed(two, three)).toEqual({
      added: ['      host/node1: {x: 0, y: 0}'],
      removed: ['      host/node1: {x: 10, y: -21}'],
    })
    expect(loadHeader(three).lab!.view.positions).toEqual({
      'host/node1': { x: 0, y: 0 },
      'network/rack1': { x: 1, y: 2 },
    })
  })

  it('fills `view: {}` and `view:` and leaves the comment beside it', () => {
    for (const empty of ['  view: {}    # how it looks', '  view:    # how it looks']) {
      const text = DEFAULT.replace('  script:', `${empty}\n  script:`)
      const edited = setPosition(text, 'a', { x: 1, y: 2 })!
      expect(edited).toContain('# how it looks\n    positions:\n      a: {x: 1, y: 2}\n  script:')
      expect(loadHeader(edited).lab!.view.positions).toEqual({ a: { x: 1, y: 2 } })
    }
  })

  it('appends to the script after its last line', () => {
    const entry = { at: 1_500_000_000, in: { kind: 'host', name: 'laptop' }, run: 'echo "a: b", #c' } as const
    const edited = appendScript(DEFAULT, entry)!
    expect(changed(DEFAULT, edited).removed).toEqual([])
    expect(changed(DEFAULT, edited).added).toHaveLength(1)
    expect(loadHeader(edited).lab!.script.at(-1)).toEqual(entry)
    const none = DEFAULT.replace(/ {2}script:\n.*\n/, '')
    expect(loadHeader(appendScript(none, entry)!).lab!.script).toEqual([entry])
    const flow = DEFAULT.replace(/ {2}script:\n.*\n/, '  script: []\n')
    expect(loadHeader(appendScript(flow, entry)!).lab!.script).toEqual([entry])
  })

  it('sets and removes the cursor', () => {
    const placed = setPosition(DEFAULT, 'a', { x: 1, y: 1 })!
    const set = setCursor(placed, 42)!
    expect(loadHeader(set).lab!.view.cursor).toBe(42)
    expect(setCursor(set, null)).toBe(placed)
    expect(setCursor(DEFAULT, null)).toBe(DEFAULT)
    expect(loadHeader(setCursor(setCursor(DEFAULT, 1)!, null)!).lab!.view.cursor).toBeNull()
  })

  it('works on a lab in flow style, with Windows line ends, and without a final line end', () => {
    const flow = '{apiVersion: hopscope.dev/v1alpha1, kind: Lab, metadata: {name: t}, spec: {fabric: {}}}'
    expect(setPosition(flow, 'a', { x: 1, y: 2 })).toBe(
      '{apiVersion: hopscope.dev/v1alpha1, kind: Lab, metadata: {name: t}, spec: {fabric: {}, view: {positions: {a: {x: 1, y: 2}}}}}',
    )
    const windows = DEFAULT.replaceAll('\n', '\r\n')
    const edited = setPosition(windows, 'a', { x: 1, y: 2 })!
    expect(edited.replaceAll('\r\n', '')).not.toContain('\n')
    expect(loadHeader(edited).lab!.view.positions).toEqual({ a: { x: 1, y: 2 } })
    const bare = 'apiVersion: hopscope.dev/v1alpha1\nkind: Lab\nmetadata: {name: t}\nspec:\n  fabric: {}'
    expect(setPosition(bare, 'a', { x: 1, y: 2 })).toBe(`${bare}\n  view:\n    positions:\n      a: {x: 1, y: 2}`)
  })

  it('after a block scalar', () => {
    const text = DEFAULT.replace(
      'run: "curl http://web"}',
      'run: x}\n    - at: settled\n      in: host/laptop\n      run: |\n        ping 1\n        ping 2',
    )
    const edited = appendScript(text, { at: 'settled', in: { kind: 'node', name: 'cp1' }, run: 'ip a' })!
    expect(changed(text, edited)).toEqual({ added: ['    - {at: settled, in: node/cp1, run: ip a}'], removed: [] })
    expect(loadHeader(edited).lab!.script.map((entry) => entry.run)).toEqual(['x', 'ping 1\nping 2\n', 'ip a'])
  })

  it('gives up on a text that does not parse', () => {
    expect(setPosition('a: [', 'x', { x: 0, y: 0 })).toBeNull()
    expect(setPosition('', 'x', { x: 0, y: 0 })).toBeNull()
  })

  it('writes the document anew only where no patch does it, and keeps its comments', () => {
    const text = setIn(DEFAULT, ['spec', 'fabric', 'hosts', 0, 'role'], 'worker')!
    expect(changed(DEFAULT, text).added).toHaveLength(1)
    const removed = removeIn(DEFAULT, ['spec', 'fabric', 'hosts', 3])!
    expect(loadHeader(removed).lab!.fabric.hosts.map((host) => host.name)).toEqual(['cp1', 'node1', 'node2'])
    expect(removed).toContain('# every node takes a /24 of it for its pods')
    expect(removed.slice(firstDocumentEnd(removed))).toBe(DEFAULT.slice(firstDocumentEnd(DEFAULT)))
  })

  it('any sequence of edits says what was meant, and leaves all comments and manifests', () => {
    const name = fc.oneof(
      fc.constantFrom('host/node1', 'a: b', '# c', '__proto__', 'true', '{x}', '1', '"'),
      fc.string({ maxLength: 8 }),
    )
    const edits = fc.array(fc.tuple(name, fc.integer({ min: -999, max: 999 }), fc.option(fc.nat())), { maxLength: 6 })
    fc.assert(
      fc.property(fc.constantFrom(...labs), edits, (start, list) => {
        let text = start
        const wanted = new Map<string, { x: number; y: number }>()
        let cursor: number | null = null
        for (const [id, x, to] of list) {
          text = setPosition(text, id, { x, y: 1 })!
          wanted.set(id, { x, y: 1 })
          text = setCursor(text, to)!
          cursor = to
        }
        const head = text.slice(0, firstDocumentEnd(text))
        const view = (parseDocument(head).toJS() as { spec: { view?: { positions: object; cursor?: number } } }).spec
          .view
        expect(new Map(Object.entries(view?.positions ?? {}))).toEqual(wanted)
        expect(view?.cursor ?? null).toBe(cursor)
        const untouched = start.split('\n')
        expect(text.split('\n').filter((line) => untouched.includes(line))).toEqual(untouched)
      }),
      { numRuns: 60 },
    )
  })
})
