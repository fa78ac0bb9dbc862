import { ensureInstalled } from './install.mjs'

ensureInstalled({ announce: false })
// npm starts scripts in the project's folder; file names on the command line are meant from where the person stands.
const { INIT_CWD, npm_lifecycle_event: script } = process.env
if (script === 'hopscope' && INIT_CWD) process.chdir(INIT_CWD)

const { register } = await import('tsx/esm/api')
register()
await import('../main.ts')
