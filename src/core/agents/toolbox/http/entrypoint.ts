import type { Program } from '../../contracts/program.ts'

export const CURL_ENTRYPOINT = 'curl-entrypoint'

/** What the curl image starts: its arguments if they are a command, else curl with them. The child stands for what `exec` would become. */
export const curlEntrypoint: Program = {
  name: CURL_ENTRYPOINT,
  start(ctx) {
    const args = ctx.argv.slice(1)
    const isCommand = args[0] !== undefined && !args[0].startsWith('-') && ctx.isCommand(args[0])
    if (!ctx.spawn(isCommand ? args : ['curl', ...args]).ok) ctx.exit(127)
  },
  on(ctx, event) {
    if (event.type === 'child-exit') ctx.exit(event.code)
  },
}
