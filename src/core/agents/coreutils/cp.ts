import type { Ctx, Program } from '../contracts/program.ts'

/** `cp [-f] SOURCE… TARGET` for single files: what install containers do. */
export const cp: Program = {
  name: 'cp',
  start(ctx) {
    const paths = ctx.argv.slice(1).filter((arg) => !/^-./.test(arg))
    const target = paths.pop()
    if (target === undefined || paths.length === 0)
      return fail(ctx, 'BusyBox v1.37.0 multi-call binary.\n\nUsage: cp [-arPLHpfinlsTu] SOURCE DEST')
    for (const source of paths) {
      const text = ctx.readFile(source)
      if (text === null) return fail(ctx, `cp: can't stat '${source}': No such file or directory`)
      const intoDirectory = target.endsWith('/') || ctx.listFiles(target).some((path) => path !== target)
      ctx.writeFile(intoDirectory ? `${target.replace(/\/$/, '')}/${source.split('/').at(-1)}` : target, text)
    }
    ctx.exit(0)
  },
  on() {},
}

function fail(ctx: Ctx, text: string): void {
  ctx.write(2, `${text}\n`)
  ctx.exit(1)
}
