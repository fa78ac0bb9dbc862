import { describe, expect, it } from 'vitest'
import { ipv4 } from '../../base/ipv4.ts'
import { MS, SEC } from '../../base/time.ts'
import { fakeLan } from '../../testkit/fake-lan.ts'
import { Files } from '../files/files.ts'
import type { ProcessDetail } from './details.ts'
import type { ProcessLayer } from './layer.ts'
import {
  type StartOptions,
  killContainer,
  reapProcess,
  signalProcess,
  signalSession,
  startProcess,
} from './lifecycle.ts'
import { createProcessLayer, sessionText } from './process.ts'
import type { Program } from './program.ts'

/** Prints its arguments and ends with the status that its last one says. */
const say: Program = {
  name: 'say',
  start(ctx) {
    ctx.write(1, `${ctx.argv.slice(1).join(' ')}\n`)
    ctx.write(2, 'err\n')
    ctx.exit(Number(ctx.argv.at(-1)) || 0)
  },
  on() {},
}

const wait: Program<{ readonly ticks: number }> = {
  name: 'wait',
  start(ctx) {
    ctx.set({ ticks: 0 })
    ctx.setTimer(SEC, 'tick')
  },
  on(ctx, event) {
    if (event.type !== 'timer') return
    ctx.set({ ticks: ctx.state.ticks + 1 })
    ctx.setTimer(SEC, 'tick')
  },
}

const polite: Program = {
  name: 'polite',
  catches: ['TERM'],
  start() {},
  on(ctx, event) {
    if (event.type === 'signal') ctx.exit(0)
  },
}

/** Runs `say` with its output captured, and reports what it got. */
const parent: Program = {
  name: 'parent',
  start(ctx) {
    const mode = ctx.argv[1] === 'merged' ? 'stdout' : 'capture'
    ctx.spawn(['say', 'hi', '3'], { stdout: 'capture', stderr: mode })
    ctx.spawn(['nosuch'])
  },
  on(ctx, event) {
    if (event.type !== 'child-exit') return
    ctx.write(1, JSON.stringify([event.code, event.stdout, event.stderr]))
    ctx.exit(0)
  },
}

function layer(): ProcessLayer {
  const lan = fakeLan([ipv4('10.0.0.1')])
  return createProcessLayer(lan.kernel, lan.stack, new Files(lan.world), [say, wait, polite, parent])
}

const start = (l: ProcessLayer, argv: string[], more: Partial<StartOptions> = {}): number => {
  const started = startProcess(l, { host: 'h', netns: 1, argv, hostname: 'h', fs: 'h', ...more })
  if (!started.ok) throw new Error(started.error)
  return started.value
}

const run = (l: ProcessLayer, time = SEC): void => {
  l.kernel.sim.runUntil(l.kernel.now + time)
}

const exitOf = (l: ProcessLayer, pid: number): number | undefined => l.t.process.get(pid)?.exit?.code

describe('processes', () => {
  it('print, end, and leave both on record', () => {
    const l = layer()
    const pid = start(l, ['/usr/bin/say', 'hello', '4'])
    run(l)
    expect(exitOf(l, pid)).toBe(4)
    expect(sessionText(l, pid)).toEqual({ stdout: 'hello 4\n', stderr: 'err\n', both: 'hello 4\nerr\n' })
    const details = l.kernel.trace.details as ProcessDetail[]
    expect(details.filter((detail) => detail.d === 'output').map((detail) => detail.text)).toEqual([
      'hello 4\n',
      'err\n',
    ])
    expect(details.filter((detail) => detail.d === 'process').map((detail) => detail.code)).toEqual([-1, 4])
    expect(l.kernel.sim.settled).toBe(true)
    reapProcess(l, pid)
    expect([l.t.process.size, l.t.output.size]).toEqual([0, 0])
  })

  it('no program of that name: ENOENT', () => {
    const options = { host: 'h', netns: 1, argv: ['nosuch'], hostname: 'h', fs: 'h' }
    expect(startProcess(layer(), options)).toEqual({ ok: false, error: 'ENOENT' })
  })

  it.each([
    ['apart', [3, 'hi 3\n', 'err\n']],
    ['merged', [3, 'hi 3\nerr\n', '']],
  ])('a child’s output can be captured, %s', (mode, expected) => {
    const l = layer()
    const pid = start(l, ['parent', mode])
    run(l)
    expect(JSON.parse(sessionText(l, pid).stdout)).toEqual(expected)
    expect(l.t.capture.size).toBe(0)
  })

  it('timers of a daemon let the lab settle, those of a command do not', () => {
    const l = layer()
    start(l, ['wait'], { daemon: true })
    run(l, 10 * MS)
    expect(l.kernel.sim.settled).toBe(true)
    start(l, ['wait'])
    run(l, 10 * MS)
    expect(l.kernel.sim.settled).toBe(false)
  })

  it('signals end, are caught, or are ignored by PID 1', () => {
    const l = layer()
    const [plain, caught, init] = [
      start(l, ['wait']),
      start(l, ['polite']),
      start(l, ['wait'], { container: 'c', init: true }),
    ]
    run(l)
    for (const pid of [plain, caught, init]) signalProcess(l, pid, 'TERM')
    run(l)
    expect([plain, caught, init].map((pid) => exitOf(l, pid))).toEqual([143, 0, undefined])
    signalProcess(l, init, 'KILL')
    expect(exitOf(l, init)).toBe(137)
    expect(signalProcess(l, init, 'KILL')).toEqual({ ok: false, error: 'ESRCH' })
    expect(l.t.timer.size).toBe(0)
  })

  it('a container ends with its PID 1, and can be killed whole', () => {
    const l = layer()
    const init = start(l, ['wait'], { container: 'c', init: true })
    const exec = start(l, ['wait'], { container: 'c' })
    const other = start(l, ['wait'], { container: 'd' })
    run(l)
    signalProcess(l, init, 'KILL')
    expect([init, exec, other].map((pid) => exitOf(l, pid))).toEqual([137, 137, undefined])
    killContainer(l, 'd')
    expect(exitOf(l, other)).toBe(137)
  })

  it('Ctrl+C reaches the whole session', () => {
    const l = layer()
    const pid = start(l, ['wait'])
    run(l)
    signalSession(l, pid, 'INT')
    expect(exitOf(l, pid)).toBe(130)
    expect(l.kernel.sim.settled).toBe(true)
  })

  it('what a program remembers goes back in time with the world', () => {
    const l = layer()
    const pid = start(l, ['wait'])
    run(l, 2.5 * SEC)
    const { position } = l.kernel.world.journal
    run(l, 5 * SEC)
    expect(l.t.state.get(pid)?.state).toEqual({ ticks: 7 })
    l.kernel.sim.seek(position)
    expect(l.t.state.get(pid)?.state).toEqual({ ticks: 2 })
  })
})
